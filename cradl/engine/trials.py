"""Setting up the runs of one trial: its data, encodings, Byzantine devices, noise, start point."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from cradl.allocation import ALLOCATIONS, reshuffled
from cradl.arrays import Floats, Ints, Matrix, aligned
from cradl.attacks import ATTACKS
from cradl.config.keys import Schedule
from cradl.config.model import Curve, Draws, Experiment
from cradl.engine.objectives import Data, data_of, deviations_of
from cradl.engine.stages import Coding, Scratch
from cradl.foreign import called, returned
from cradl.labelled import Stored
from cradl.methods import METHODS
from cradl.numerics.coding import patterns_of, tables_pay
from cradl.pre_aggregation import PRE_AGGREGATIONS
from cradl.protocol import Encoding
from cradl.streams import Stream, device_orders, generator


class Run(NamedTuple):
    """All inputs of one curve in one trial.

    Attributes
    ----------
    encoding, coding
        What each device sums up: for the server, and as the compiled stages take it.
    later
        Both in every later iteration; None if they stay.
    scratch
        Arrays that a run overwrites; the runs of a trial share them.
    orders
        (T + 1, N): the first f devices of an iteration's order are Byzantine in it.
    noise
        (T + 1, f, ...), or None if the attack needs none.
    start
        x⁰ (P,).
    rates
        γ^t (T + 1,).
    diagnostics
        Whether to measure what the theorems speak of.
    keys
        What the pre-aggregation draws (T + 1, N), or None if it needs nothing.
    """

    curve: Curve
    data: Data
    encoding: Encoding
    coding: Coding
    later: "Reshuffled | None"
    scratch: Scratch
    orders: Ints
    noise: Floats | None
    start: Floats
    rates: Floats
    diagnostics: bool
    keys: Floats | None = None


class Trials:
    """The runs of an experiment, trial by trial; what several share is set up once.

    Parameters
    ----------
    experiment, datasets, allocations
        As in `cradl.simulate`.
    rates
        With ``step_size``, γ^t (curve, group, iteration), and the ``data_draw`` and
        ``allocation_draw`` of each group; needed if a theorem sets a curve's rates.
    """

    def __init__(
        self,
        experiment: Experiment,
        datasets: Mapping[str, Stored],
        allocations: Mapping[str, Stored],
        rates: Stored | None = None,
    ) -> None:
        self._experiment, self._rates = experiment, rates
        self._datasets, self._allocations = datasets, allocations
        self._scratch: dict[tuple[int, ...], Scratch] = {}
        # Of the draws that the latest trial uses: many trials may use the same.
        self._data = _Latest[Data]()
        self._coded = _Latest[tuple[Encoding, Coding]]()
        self._orders, self._noises = _Latest[Ints](), _Latest[Floats | None]()
        self._starts, self._keys = _Latest[Floats](), _Latest[Floats | None]()

    def runs(self, trial: int) -> Iterator[Run]:
        """Yield the run of every curve in one trial."""
        draws, iterations = self._experiment.draws_of(trial), self._experiment.T + 1
        for place, curve in enumerate(self._experiment.curves):
            data = self._data.get(draws.data, (curve.dataset, curve.sigma_h), self._read)
            encoding, coding = self._coded.get(
                draws.allocation, (curve.method, curve.allocation_id), self._encode
            )
            rows = curve.M if data.has_rows else 0
            entries, width = len(encoding.subsets), data.width
            sizes = len(data.responses), curve.M, rows, entries, curve.N, width
            if sizes not in self._scratch:
                self._scratch[sizes] = _scratch(*sizes)
            attack = curve.attack["name"]
            yield Run(
                curve,
                data,
                encoding,
                coding,
                self._later(draws.allocation, curve),
                self._scratch[sizes],
                self._orders.get(draws.attack, (curve.N, curve.identities), self._order),
                self._noises.get(draws.attack, (attack, curve.f, data.dimension), self._noise),
                self._starts.get(draws.attack, (curve.start, curve.dataset), self._start),
                _rates(curve, iterations, self._rates, place, draws),
                self._experiment.diagnostics,
                self._keys.get(draws.attack, (curve.pre_aggregation["name"], curve.N), self._key),
            )

    def _read(self, draw: int, name: str, sigma_h: float) -> Data:
        return data_of(self._datasets[name], draw, sigma_h)

    def _encode(self, draw: int, method: str, allocation: str) -> tuple[Encoding, Coding]:
        return _encoded(method, np.asarray(self._allocations[allocation]["S"][draw]))

    def _later(self, draw: int, curve: Curve) -> "Reshuffled | None":
        if not ALLOCATIONS[curve.allocation].reshuffled:
            return None
        S = np.asarray(self._allocations[curve.allocation_id]["S"][draw])
        return Reshuffled(S, curve.method, self._experiment.seed, draw)

    def _order(self, draw: int, N: int, identities: str) -> Ints:
        rng = generator(self._experiment.seed, Stream.IDENTITIES, draw)
        iterations = self._experiment.T + 1
        return device_orders(rng, N=N, iterations=iterations, persistent=identities == "persistent")

    def _noise(self, draw: int, attack: str, f: int, D: int) -> Floats | None:
        row, seed = ATTACKS[attack], self._experiment.seed
        if row.needs is None or f == 0:
            return None
        # One stream a device: the noise of the first f does not depend on how many there are.
        streams = [generator(seed, Stream.ATTACK_NOISE, draw, device) for device in range(f)]
        iterations = self._experiment.T + 1
        drawn = [np.asarray(called(row, "needs", rng, iterations, D)) for rng in streams]
        for one in drawn:
            returned(row, "needs", one, (iterations, *drawn[0].shape[1:]))
        return np.stack(drawn, axis=1)

    def _key(self, draw: int, pre_aggregation: str, N: int) -> Floats | None:
        row = PRE_AGGREGATIONS[pre_aggregation]
        if row.needs is None:
            return None
        rng = generator(self._experiment.seed, Stream.PRE_AGGREGATION, draw)
        iterations = self._experiment.T + 1
        return returned(row, "needs", called(row, "needs", rng, iterations, N), (iterations, N))

    def _start(self, draw: int, kind: str, dataset: str) -> Floats:
        deviations = deviations_of(self._datasets[dataset])
        return start_point(kind, deviations, seed=self._experiment.seed, draw=draw)


_Value = TypeVar("_Value")


class _Latest(Generic[_Value]):
    """A cache of what was made of the latest draw."""

    def __init__(self) -> None:
        self._draw, self._made = -1, dict[tuple[Any, ...], _Value]()

    def get(self, draw: int, key: tuple[Any, ...], make: Callable[..., _Value]) -> _Value:
        """Return ``make(draw, *key)``, made once while the draw stays the same."""
        if draw != self._draw:
            self._draw, self._made = draw, {}
        if key not in self._made:
            self._made[key] = make(draw, *key)
        return self._made[key]


def _scratch(m: int, M: int, rows: int, entries: int, N: int, width: int) -> Scratch:
    return Scratch(
        np.empty(m),
        np.empty(M),
        aligned((rows, width)),
        np.empty(max(entries, M)),
        aligned((N, width)),
        *np.zeros((3, width)),
    )


class Reshuffled(NamedTuple):
    """An allocation S (N, M) whose devices and subsets change places after every iteration."""

    S: Matrix
    method: str
    seed: int
    draw: int

    def at(self, t: int) -> tuple[Encoding, Coding]:
        """Return what each device sums up in iteration t."""
        return _encoded(self.method, self.allocation(t))

    def allocation(self, t: int) -> Matrix:
        """Return the allocation (N, M) of iteration t: S itself in the first."""
        rng = generator(self.seed, Stream.RESHUFFLING, self.draw, t)
        return reshuffled(rng, self.S) if t else self.S


def _encoded(method: str, S: Matrix) -> tuple[Encoding, Coding]:
    encoding = METHODS[method].encode(S)
    return encoding, coding_of(encoding, S)


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


def start_point(kind: str, deviations: Floats, *, seed: int, draw: int) -> Floats:
    """Return x⁰ (P,) of a curve that starts at zero or at normal entries.

    Parameters
    ----------
    kind
        ``zero``, ``standard_normal``, or ``scaled_normal``: the same numbers times `deviations`.
    deviations
        Of the entries (P,), as `cradl.engine.objectives.deviations_of` has them.
    """
    if kind == "zero":
        return np.zeros(len(deviations))
    normals = generator(seed, Stream.START, draw).standard_normal(len(deviations))
    return deviations * normals if kind == "scaled_normal" else normals


def _rates(curve: Curve, iterations: int, rates: Stored | None, place: int, draws: Draws) -> Floats:
    """Return γ^t (T + 1,) of the curve at `place`."""
    if not isinstance(curve.step_size, Schedule):
        return np.full(iterations, curve.step_size)
    if rates is None:
        needed = f"step_sizes for {curve.label}, whose rate {curve.step_size.schedule} sets"
        raise ValueError(f"need {needed}, got none")
    of_trial = (np.asarray(rates["data_draw"]) == draws.data) & (
        np.asarray(rates["allocation_draw"]) == draws.allocation
    )
    chosen = np.asarray(rates["step_size"])[place, of_trial]
    if chosen.shape != (1, iterations):
        needed = f"step sizes (1, {iterations}) of {curve.label} for {draws}"
        raise ValueError(f"need {needed}, got {chosen.shape}")
    of_run: Floats = chosen[0]
    return of_run
