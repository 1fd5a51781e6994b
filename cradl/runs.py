"""Setting up the runs of one trial: its data, encodings, Byzantine devices, noise, start point."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import xarray as xr

from cradl.attacks import ATTACKS
from cradl.kernels import Floats, Ints, aligned
from cradl.messages import Encoding
from cradl.methods import METHODS
from cradl.problems import PROBLEMS, Problem
from cradl.streams import Stream, device_orders, generator
from cradl.study import Curve, Experiment


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
    """

    curve: Curve
    data: Data
    encoding: Encoding
    sample_encoding: Encoding
    orders: Ints
    noise: Floats | None
    start: Floats


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
) -> Iterator[Run]:
    """Yield the run of every curve; what several curves use is set up once."""
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
        if kind == "zero":
            return np.zeros(D)
        return generator(seed, Stream.START, draws.attack).standard_normal(D)

    for curve in experiment.curves:
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
        )
