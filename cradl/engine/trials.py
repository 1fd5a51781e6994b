"""Setting up the runs of one trial: its data, encodings, Byzantine devices, noise, start point."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import xarray as xr

from cradl.arrays import Floats, Ints, Matrix, aligned
from cradl.attacks import ATTACKS
from cradl.engine.stages import Coding, Scratch
from cradl.methods import METHODS
from cradl.numerics.coding import patterns_of, tables_pay
from cradl.problems import PROBLEMS, Problem
from cradl.protocol import Encoding
from cradl.streams import Stream, device_orders, generator
from cradl.study import Curve, Draws, Experiment, Schedule

_LANES = 8
"""Numbers in the widest vector register of today's machines."""


class Data(NamedTuple):
    """One data set at one heterogeneity.

    Attributes
    ----------
    designs, padded
        z_j (m, D); the same with zeros up to a width (m, W) that suits vector units.
    responses, minimum, problem, per_subset
        y_j (m,); F*; the loss; samples in each subset.
    """

    designs: Floats
    padded: Floats
    responses: Floats
    minimum: float
    problem: Problem
    per_subset: int


class Run(NamedTuple):
    """Everything that one curve of one trial needs.

    Attributes
    ----------
    encoding, coding
        What each device sums up: for the server, and as the compiled stages take it.
    scratch
        Arrays that a run overwrites; the runs of a trial share them.
    orders
        (T + 1, N): the first f devices of an iteration's order are Byzantine in it.
    noise
        (T + 1, f, ...), or None where the attack needs none.
    start
        x⁰ (D,).
    rates
        γ^t (T + 1,).
    diagnostics
        Whether to measure what the theorems speak of.
    """

    curve: Curve
    data: Data
    encoding: Encoding
    coding: Coding
    scratch: Scratch
    orders: Ints
    noise: Floats | None
    start: Floats
    rates: Floats
    diagnostics: bool


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
    draws = experiment.draws()[trial]
    seed, iterations = experiment.seed, experiment.T + 1

    @cache
    def data(name: str, sigma_h: float) -> Data:
        drawn = datasets[name].isel(draw=draws.data).sel(sigma_h=sigma_h)
        designs, padded = padded_rows(drawn["designs"].to_numpy())
        return Data(
            designs,
            padded,
            drawn["responses"].to_numpy(),
            float(drawn["minimum"]),
            PROBLEMS[drawn.attrs["problem"]],
            drawn.sizes["sample"] // int(drawn.attrs["M"]),
        )

    @cache
    def coded(method: str, allocation_id: str) -> tuple[Encoding, Coding]:
        S = allocations[allocation_id]["S"].isel(draw=draws.allocation).to_numpy()
        encoding = METHODS[method].encode(S)
        return encoding, coding_of(encoding, S)

    @cache
    def scratch(N: int, m: int, M: int, entries: int, width: int) -> Scratch:
        return Scratch(
            np.empty(m),
            np.empty(M),
            aligned((M if m > M else 0, width)),
            np.empty(max(entries, M)),
            aligned((N, width)),
            *np.zeros((3, width)),
        )

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
        (m, D), width = chosen.designs.shape, chosen.padded.shape[1]
        encoding, coding = coded(curve.method, curve.allocation_id)
        yield Run(
            curve,
            chosen,
            encoding,
            coding,
            scratch(curve.N, m, curve.M, len(encoding.subsets), width),
            orders(curve.N, curve.identities == "persistent"),
            noise(curve.attack["name"], curve.f, D),
            start(curve.start, D),
            _rates(curve, iterations, step_sizes, place, draws),
            experiment.diagnostics,
        )


def padded_rows(designs: Floats) -> tuple[Floats, Floats]:
    """Return the rows (m, D), and with zeros up to a width that `_LANES` divides (m, W).

    Where D is such a width both are the rows themselves: the stages only read them.
    """
    m, D = designs.shape
    width = -(-D // _LANES) * _LANES
    if width == D and designs.flags.c_contiguous:
        return designs, designs
    padded = aligned((m, width))
    padded[:, :D], padded[:, D:] = designs, 0.0
    return padded[:, :D], padded


def coding_of(encoding: Encoding, S: Matrix) -> Coding:
    """Return how the compiled stages form the messages of an encoding that follows S (N, M).

    The tables need one weight on a subset for all devices, and each subset once on a device.
    """
    N, M = S.shape
    none = np.zeros((0, N), np.uint8)
    plain = Coding(encoding.starts, encoding.subsets, encoding.weights, none, np.zeros(0))
    if not tables_pay(N, M, len(encoding.subsets)):
        return plain
    shares, held = np.zeros(M), np.zeros_like(S)
    shares[encoding.subsets] = encoding.weights
    devices = np.repeat(np.arange(N), np.diff(encoding.starts))
    held[devices, encoding.subsets] = 1
    equal = np.array_equal(shares[encoding.subsets], encoding.weights)
    if not equal or int(held.sum()) < len(encoding.subsets):
        return plain
    return plain._replace(patterns=patterns_of(held), shares=shares)


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
