"""A study as it is resolved: experiments, curves, figures, and the cells that claims compare."""

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from pydantic import Field

from cradl.allocation import ALLOCATIONS, allocation_id
from cradl.config.following import Sources
from cradl.config.keys import DecisionKeys, Quantity, Ranked, Redraw, Schedule
from cradl.libraries import versions_of
from cradl.parameters import Parameters
from cradl.problems import PROBLEMS, Model, Problem, loss_of
from cradl.series import EARLY, PLATEAU


def byzantine_count(alpha: float, N: int, rounding: str) -> int:
    """Return alpha * N as a number of devices, from the decimal value of alpha as written.

    Binary floats would turn 0.29 * 100 into 28.999...; halves round up under ``nearest``.

    Examples
    --------
    >>> int(0.29 * 100), byzantine_count(0.29, 100, "floor")
    (28, 29)
    >>> [byzantine_count(0.25, 10, rounding) for rounding in ("floor", "nearest", "ceil")]
    [2, 3, 3]
    """
    exact = Fraction(repr(alpha)) * N
    if rounding == "floor":
        return math.floor(exact)
    if rounding == "ceil":
        return math.ceil(exact)
    return math.floor(exact + Fraction(1, 2))


class Curve(Parameters):
    """A curve, fully resolved, as `cradl.simulate` takes it."""

    label: str
    variant: str
    method: str
    aggregator: str
    pre_aggregation: dict[str, Any] = Field(default_factory=lambda: {"name": "none"})
    attack: dict[str, Any]
    alpha: float
    f: int
    tolerated: int
    identities: str
    dataset: str
    sigma_h: float
    N: int
    M: int
    r: int
    allocation: str
    uncovered: str
    step_size: float | Schedule
    start: str

    @property
    def rule_id(self) -> str:
        """Name of the rule, with the pre-aggregation if there is one; of no row then."""
        before = {**self.pre_aggregation}
        name = before.pop("name")
        if name == "none":
            return self.aggregator
        given = "".join(f" {key} {one}" for key, one in before.items())
        return f"{self.aggregator} after {name}{given}"

    @property
    def allocation_id(self) -> str:
        """Name of the allocation, and of its file."""
        return allocation_id(self.allocation, N=self.N, M=self.M, r=self.r)

    @property
    def pair_id(self) -> str:
        """Name of the pair of data set and allocation, and of its file."""
        return f"{self.dataset}-{self.allocation_id}"


class Draws(NamedTuple):
    """The draws of data, allocation and attack that a trial uses."""

    data: int
    allocation: int
    attack: int


class Experiment(Parameters):
    """Curves that are drawn together, over the same iterations and trials."""

    name: str
    title: str
    seed: int
    trials: int
    T: int
    redraw: Redraw
    diagnostics: bool
    messages: bool
    curves: tuple[Curve, ...]
    # Not part of what a result depends on, hence left out if one records its settings.
    chunks: int = 1

    def draws_of(self, trial: int) -> Draws:
        """Return the draws of a trial: its own of what is redrawn, else the first."""
        redraw = self.redraw
        return Draws(
            trial if redraw.data else 0,
            trial if redraw.allocation else 0,
            trial if redraw.attack else 0,
        )

    def draws(self) -> list[Draws]:
        """Return the draws of every trial."""
        return [self.draws_of(trial) for trial in range(self.trials)]

    def parts(self) -> dict[str, tuple[int, int]]:
        """Return the parts of the trials by name, each as (first, past the last)."""
        count = min(self.chunks, self.trials)
        ends = [part * self.trials // count for part in range(count + 1)]
        return {f"{a}-{b - 1}": (a, b) for a, b in itertools.pairwise(ends)}


class Term(Parameters):
    """A curve of a comparison, with the sign it has in the statistic."""

    sign: Literal[-1, 1]
    experiment: str
    curve: str


class Cell(Parameters):
    """A comparison that a claim makes in one phase: a row of the table of claims.

    Attributes
    ----------
    iteration
        At which it is judged; None for the plateau, the mean over the `last` iterations.
    terms
        The statistic is the sum of their signs times their values.
    per_cent
        Whether values are in per cent of the quantity's scale, which
        `cradl.results.verdicts.QUANTITIES` gives; they are its log10 otherwise.
    margin
        The statistic is claimed to lie within ± this; where None, on the `side` of zero.
    some
        Whether another cell of the same claim, phase and experiment may stand in for it.
    """

    claim: str
    says: str
    source: str
    quantity: Quantity
    iteration: int | None
    last: int
    terms: tuple[Term, ...]
    per_cent: bool
    margin: float | None
    side: Literal["below", "above", "within"]
    some: bool


class Place(Parameters):
    """A curve, by its experiment and its label."""

    experiment: str
    curve: str


class Leaderboard(Parameters):
    """A complete block of curves: one for each contestant in each task.

    Attributes
    ----------
    quantity, last
        What is ranked: the mean of this quantity over so many last iterations.
    level
        Confidence of the critical difference, and of all intervals together.
    contestants, tasks
        Their names, each other than the others.
    attacks
        Of each task, the name of its attack.
    curves
        Of each task, the curve of each contestant.
    """

    name: str
    says: str
    quantity: Ranked
    last: int
    level: float
    contestants: tuple[str, ...]
    tasks: tuple[str, ...]
    attacks: tuple[str, ...]
    curves: tuple[tuple[Place, ...], ...]

    @property
    def experiments(self) -> list[str]:
        """Return the experiments of its curves."""
        return list(dict.fromkeys(one.experiment for row in self.curves for one in row))


class DataChoice(Parameters):
    """An entry of `datasets`: generator, loss, the generator's parameters."""

    generator: str
    problem: str
    problem_parameters: dict[str, Any] = Field(default_factory=dict)
    classes: int = 0
    """Number of classes; 0 if responses are no class numbers."""
    parameters: dict[str, Any]
    place: str = Field("", exclude=True)
    """Where its file is; no part of its settings, because the file's content is."""

    @property
    def loss(self) -> Problem | Model:
        """The loss: a row of `PROBLEMS`, or its model for these features and classes."""
        D, keys = int(self.parameters["D"]), self.problem_parameters
        return loss_of(self.problem, D, self.classes, keys)

    @property
    def dimension(self) -> int:
        """Number of entries of a model: of features, or of a network's weights and biases."""
        loss = self.loss
        return int(self.parameters["D"]) if isinstance(loss, Problem) else loss.dimension

    @property
    def tested(self) -> bool:
        """Whether samples are kept apart, so that runs have a test accuracy."""
        return bool(self.classes and self.parameters.get("test"))


class Figure(Parameters):
    """A figure, with the panels that run."""

    draw: str
    experiments: list[str]
    options: dict[str, Any]
    """Arguments of the module's `draw`, besides the data."""
    caption: str
    leaderboard: str = ""
    """The leaderboard that it draws; empty if none."""
    reproduces: str = ""
    """The figure of the paper that it reproduces; empty if none."""
    appendix: bool = False
    """Whether report and gallery show it after the others."""


class Study(Parameters):
    """A whole study, checked."""

    name: str
    seed: int
    notes: tuple[str, ...]
    """What a user should be told of the file, although nothing is wrong with it."""
    plugins: tuple[str, ...]
    style: str = ""
    """The Matplotlib style file of the figures; empty if there is none."""
    sources: Sources
    """What the plugins consist of."""
    datasets: dict[str, DataChoice]
    """Those that an experiment uses."""
    experiments: dict[str, Experiment]
    figures: dict[str, Figure]
    theory: bool
    """Whether equations, constants and theorems are checked."""
    decision: DecisionKeys | None
    cells: tuple[Cell, ...]
    leaderboards: tuple[Leaderboard, ...] = ()
    """Those whose experiments all run."""

    @property
    def early(self) -> tuple[int, ...]:
        """Iterations at which losses are tabulated."""
        return tuple(self.decision.early) if self.decision else EARLY

    @property
    def plateau(self) -> int:
        """Number of last iterations whose mean is the plateau."""
        return self.decision.plateau if self.decision else PLATEAU

    @property
    def versions(self) -> tuple[str, ...]:
        """Installed packages that decide what rows compute, of plugins or of other libraries."""
        rules = (curve.aggregator for _, curve in self.curves())
        return tuple(sorted({*self.sources.versions, *itertools.chain(*map(versions_of, rules))}))

    def curves(self) -> Iterator[tuple[Experiment, Curve]]:
        """Yield every curve with its experiment."""
        for experiment in self.experiments.values():
            for curve in experiment.curves:
                yield experiment, curve

    def dataset_request(self, name: str) -> dict[str, Any]:
        """Return the arguments of `cradl.datasets.dataset` for an entry of `datasets`."""
        users = [(one, curve) for one, curve in self.curves() if curve.dataset == name]
        choice = self.datasets[name]
        own = choice.problem_parameters
        return {
            "kind": choice.generator,
            "parameters": choice.parameters,
            "problem": choice.problem,
            **({"problem_parameters": own} if own else {}),
            "sigma_h": sorted({curve.sigma_h for _, curve in users}),
            "seed": self.seed,
            "draws": max(one.trials if one.redraw.data else 1 for one, _ in users),
        }

    def allocation_requests(self) -> dict[str, dict[str, Any]]:
        """Return the arguments of `cradl.allocation.allocations` by allocation id."""
        requests: dict[str, dict[str, Any]] = {}
        for experiment, curve in self.curves():
            draws = experiment.trials if experiment.redraw.allocation else 1
            known = requests.get(curve.allocation_id, {"draws": 0})
            requests[curve.allocation_id] = {
                "kind": curve.allocation,
                "N": curve.N,
                "M": curve.M,
                "r": curve.r,
                "seed": self.seed,
                "draws": max(draws, known["draws"]),
            }
        return requests

    def pair_requests(self) -> dict[str, dict[str, Any]]:
        """Return the pairs of least-squares data and allocation, and the draws they meet in."""
        requests: dict[str, dict[str, Any]] = {}
        for experiment, curve in self.curves():
            quadratic = PROBLEMS[self.datasets[curve.dataset].problem].quadratic
            if not quadratic or ALLOCATIONS[curve.allocation].reshuffled:
                continue
            groups = {(one.data, one.allocation) for one in experiment.draws()}
            name = curve.pair_id
            known = requests.get(name, {"groups": [], "sigma_h": []})
            requests[name] = {
                "dataset": curve.dataset,
                "sigma_h": sorted({curve.sigma_h, *known["sigma_h"]}),
                "allocation": curve.allocation_id,
                "groups": sorted(groups | {tuple(group) for group in known["groups"]}),
                "seed": self.seed,
                "data": self.datasets[curve.dataset].model_dump(),
            }
        return requests

    def data_files(self) -> dict[str, str]:
        """Return where the user's own tables are, by the SHA-256 of their contents."""
        chosen = self.datasets.values()
        return {one.parameters["sha256"]: one.place for one in chosen if one.place}

    def claimed_experiments(self) -> list[str]:
        """Return the experiments that claims are about."""
        return sorted({term.experiment for cell in self.cells for term in cell.terms})

    def sizes(self) -> list[tuple[int, int, int]]:
        """Return every (N, f, D) of the study, for which Table I is evaluated."""
        found = {
            (curve.N, curve.f, self.datasets[curve.dataset].dimension) for _, curve in self.curves()
        }
        return sorted(found)
