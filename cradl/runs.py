"""Setting up the runs of one trial: its data, encodings, Byzantine devices, noise, start point."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import xarray as xr

from cradl.arrays import Floats, Ints, aligned
from cradl.attacks import ATTACKS
from cradl.messages import Encoding
from cradl.methods import METHODS
from cradl.problems import PROBLEMS, Problem
from cradl.streams import Stream, device_orders, generator
from cradl.study import Curve, Experiment, Schedule


class Data(NamedTuple):
    """One data set at one heterogeneity: designs (m, D), responses (m,), F*, loss, samples/M."""

    designs: Floats
    responses: Floats
    minimum: float
    problem: Problem
    per_subset: int


class Run(NamedTuple):
    """Everything that one curve of one trial needs.

    Attributes
    ----------
    encoding
        What each device sums up, per subset.
    sample_encoding
        The same, per sample.
    orders
        (T + 1, N): the first f devices of an iteration's order are Byzantine in it.
    noise
        (T + 1, f, ...), or None where the attack needs none.
    start
        x⁰ (D,).
    rates
        γ^t (T + 1,).
    """

    curve: Curve
    data: Data
    encoding: Encoding
    sample_encoding: Encoding
    orders: Ints
    noise: Floats | None
    start: Floats
    rates: Floats


class Draws(NamedTuple):
    """Which draw of each kind of randomness a trial uses."""

    data: int
    allocation: int
    attack: int


def draws_of(experiment: Experiment, trial: int) -> Draws:
    """Return the draws of a trial: its own of what the experiment redraws, else the first."""
    redraw = experiment.redraw
    return Draws(
        trial if redraw.data else 0,
        trial if redraw.allocation else 0,
        trial if redraw.attack else 0,
    )


def runs_of_trial(
    experiment: Experiment,
    datasets: Mapping[str, xr.Dataset],
    allocations: Mapping[str, xr.Dataset],
    trial: int,
    step_sizes: xr.DataArray | None = None,
) -> Iterator[Run]:
    """Yield the run of every curve; what several curves use is set up once.

    Parameters
    ----------
    step_sizes
        γ^t (curve, group, iteration) with the coordinates ``data_draw`` and ``allocation_draw`` of
        the groups, needed where a theorem sets a curve's rates.
    """
    draws = draws_of(experiment, trial)
    seed, iterations = experiment.seed, experiment.T + 1

    @cache
    def data(name: str, sigma_h: float) -> Data:
        drawn = datasets[name].isel(draw=draws.data).sel(sigma_h=sigma_h)
        designs = aligned(drawn["designs"].shape)
        designs[:] = drawn["designs"]
        return Data(
            designs,
            drawn["responses"].to_numpy(),
            float(drawn["minimum"]),
            PROBLEMS[drawn.attrs["problem"]],
            drawn.sizes["sample"] // int(drawn.attrs["M"]),
        )

    @cache
    def encoding(method: str, allocation_id: str) -> Encoding:
        S = allocations[allocation_id]["S"].isel(draw=draws.allocation).to_numpy()
        return METHODS[method].encode(S)

    @cache
    def sample_encoding(method: str, allocation_id: str, per_subset: int) -> Encoding:
        return encoding(method, allocation_id).of_samples(per_subset)

    @cache
    def orders(N: int, persistent: bool) -> Ints:
        rng = generator(seed, Stream.IDENTITIES, draws.attack)
        return device_orders(rng, N=N, iterations=iterations, persistent=persistent)

    @cache
    def noise(attack: str, f: int, D: int) -> Floats | None:
        needs = ATTACKS[attack].needs
        if needs is None or f == 0:
            return None
        # One stream a liar: the noise of the first liars does not depend on how many there are.
        liars = [generator(seed, Stream.ATTACK_NOISE, draws.attack, liar) for liar in range(f)]
        return np.stack([needs(rng, iterations, D) for rng in liars], axis=1)

    @cache
    def start(kind: str, D: int) -> Floats:
        return start_point(kind, D, seed=seed, draw=draws.attack)

    for place, curve in enumerate(experiment.curves):
        chosen = data(curve.dataset, curve.sigma_h)
        D = chosen.designs.shape[1]
        yield Run(
            curve,
            chosen,
            encoding(curve.method, curve.allocation_id),
            sample_encoding(curve.method, curve.allocation_id, chosen.per_subset),
            orders(curve.N, curve.identities == "persistent"),
            noise(curve.attack["name"], curve.f, D),
            start(curve.start, D),
            _rates(curve, iterations, step_sizes, place, draws),
        )


def start_point(kind: str, D: int, *, seed: int, draw: int) -> Floats:
    """Return x⁰ (D,) of a curve that starts at zero or at ``standard_normal`` entries."""
    if kind == "zero":
        return np.zeros(D)
    return generator(seed, Stream.START, draw).standard_normal(D)


def _rates(
    curve: Curve, iterations: int, step_sizes: xr.DataArray | None, place: int, draws: Draws
) -> Floats:
    """Return γ^t (T + 1,) of the curve at `place`."""
    if not isinstance(curve.step_size, Schedule):
        return np.full(iterations, curve.step_size)
    if step_sizes is None:
        needed = f"step_sizes for {curve.label}, whose rate {curve.step_size.schedule} sets"
        raise ValueError(f"need {needed}, got none")
    groups = step_sizes.isel(curve=place)
    of_trial = (groups["data_draw"] == draws.data) & (groups["allocation_draw"] == draws.allocation)
    chosen = groups.isel(group=of_trial.to_numpy()).to_numpy()
    if chosen.shape != (1, iterations):
        needed = f"step sizes (1, {iterations}) of {curve.label} for {draws}"
        raise ValueError(f"need {needed}, got {chosen.shape}")
    rates: Floats = chosen[0]
    return rates
