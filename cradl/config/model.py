"""The typed model of a study: the keys as a user writes them, and what they resolve to.

A study lists experiments, an experiment lists curves. A key that describes a curve may stand at
the study, at the experiment or at the curve; the innermost wins. A list value is a grid.
"""

import itertools
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import Field

from cradl.allocation import allocation_id
from cradl.parameters import NonNegativeFloat, Parameters, PositiveFloat, PositiveInt
from cradl.problems import PROBLEMS

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=80)]
SHARED = "shared"
"""The folder in `results/` of what depends on no study; no study may have this name."""
Text = Annotated[str, Field(min_length=1)]
NonNegativeInt = Annotated[int, Field(ge=0, le=10**9)]
Expectation = Literal["less", "same", "negligible", "falls", "rises", "gap_grows"]
Phase = Literal["early", "plateau"]
Quantity = Literal["excess_loss", "pairwise_distance_sq", "honest_spread_mean"]


class Redraw(Parameters):
    """What a new trial draws anew; what it does not is the same in every trial."""

    data: bool
    """The training data."""
    allocation: bool
    """Which device holds which subset."""
    attack: bool
    """The Byzantine identities, the attack's noise and the random start point."""


class AttackKeys(Parameters):
    """Keys of an attack, besides the attack's own parameters."""

    name: str
    """Which attack: a row of `cradl.attacks.ATTACKS`."""


class Schedule(Parameters):
    """A learning rate that a theorem sets, from the constants of the data and the allocation."""

    schedule: Literal["theorem1", "theorem1_lambda", "theorem2", "sharpened1", "sharpened2"]
    """`theorem1`: fixed, gamma = share rho_1/rho_2; `theorem1_lambda`: fixed,
    gamma = share (rho_1/rho_2)/sqrt(T+1), so that runs of different T have the same lambda;
    `theorem2`: decaying by (33) from gamma^0 = share rho_1/(2 rho_2). `sharpened1`: fixed,
    gamma = share 2N/L; `sharpened2`: share (N/L)/sqrt(t+1); both for any C_alpha."""
    share: Annotated[float, Field(gt=0, lt=1)]
    """Part of the largest rate that the theorem allows."""


class CurveKeys(Parameters):
    """Keys that describe a curve: at the study, the experiment or the curve."""

    method: str
    """Which method: a row of `cradl.methods.METHODS`."""
    aggregator: str
    """Which aggregation rule, for methods that use one: a row of `cradl.aggregation.RULES`."""
    attack: dict[str, Any]
    """What Byzantine devices send: `name`, a row of `cradl.attacks.ATTACKS`, and its parameters."""
    alpha: Annotated[float, Field(ge=0, lt=1)]
    """Fraction of Byzantine devices."""
    rounding: Literal["nearest", "floor", "ceil"]
    """How alpha * N becomes a number of devices (`nearest`: halves go up)."""
    withstand: Literal["alpha"] | Annotated[float, Field(ge=0, lt=1)]
    """Fraction of liars that the rule or the code is set to withstand; `alpha`: the true one."""
    identities: Literal["redrawn", "persistent"]
    """Whether the Byzantine devices are drawn anew in every iteration or once a run."""
    dataset: str
    """Which entry of `datasets`."""
    sigma_h: NonNegativeFloat
    """Heterogeneity among the subsets, a standard deviation (Fig. 5)."""
    N: PositiveInt
    """Number of devices."""
    r: PositiveInt
    """Number of subsets on each device, for methods that allocate redundantly."""
    allocation: str
    """How subsets are allocated redundantly: a row of `cradl.allocation.ALLOCATIONS`."""
    uncovered: Literal["contribute_nothing", "refuse"]
    """What subsets on no device do: contribute nothing, or stop the experiment with an error."""
    step_size: PositiveFloat | Schedule
    """Learning rate gamma of (8), the same in every iteration; or what theorem sets it (`schedule`)
    and how much of the largest rate that it allows (`share`)."""
    start: Literal["zero", "standard_normal"]
    """Start point: zero, or independent standard normal entries drawn for each trial."""


class CurveOwnKeys(Parameters):
    """Keys that stand at a curve alone."""

    label: Text
    """Its name in legends; made from what sets it apart where absent."""


class ExperimentKeys(Parameters):
    """Keys that describe an experiment: at the study or at the experiment."""

    trials: PositiveInt
    """Number of Monte-Carlo trials."""
    T: Annotated[int, Field(ge=0, le=10**9)]
    """Index of the last iteration: iterations 0..T, hence T + 1 updates (Algorithm 1)."""
    redraw: Redraw
    """What a new trial draws anew."""
    diagnostics: bool
    """Whether to store the quantities that the theorems speak of; slower."""
    messages: bool
    """Whether to store every message that the server received and who lied; large."""
    chunks: PositiveInt
    """Number of jobs the trials are split into, at most one a trial; never changes a result."""


class ExperimentOwnKeys(Parameters):
    """Keys that stand at an experiment alone."""

    title: Text
    """Heading of its panel; the experiment's name where absent."""
    curves: Annotated[list[dict[str, Any]], Field(min_length=1)]
    """What is drawn together: the keys of each curve."""


class FigureKeys(Parameters):
    """One figure: which module of `paper_figures.figures` draws which experiments."""

    draw: Name
    """The module of `paper_figures.figures` that draws it."""
    experiments: Annotated[list[str], Field(min_length=1)]
    """Its panels, in order: names of experiments."""
    after: list[NonNegativeInt]
    """Iterations after which fronts show the loss, one for each experiment; for figures that draw
    fronts."""
    caption: Text
    """What it shows and what that supports, for the report; the titles of its panels where
    absent."""


class DecisionKeys(Parameters):
    """How claims are decided, fixed before anything runs."""

    level: Annotated[float, Field(gt=0, lt=1)]
    """Confidence that all intervals of the table of claims hold at once (Bonferroni)."""
    early: Annotated[list[NonNegativeInt], Field(min_length=1)]
    """Iterations at which the early phase is judged."""
    plateau: PositiveInt
    """Number of last iterations whose mean is the plateau."""
    early_margin: PositiveFloat
    """Early, two values are the same where their log10 differ by less than this."""
    plateau_margin: PositiveFloat
    """On the plateau, an excess loss, or a difference of two, is negligible below this per cent of
    F*."""


class ClaimKeys(Parameters):
    """One claim: what is expected of which curves."""

    says: Text
    """The claim in words."""
    source: Text
    """Where it is made."""
    expect: Expectation
    """`less`: `of` is below `than`; `same`: equal within the margin; `negligible`: zero within the
    margin; `falls`, `rises`: from each value of `along` to the next; `gap_grows`: so does the
    ratio of `than` to `of`."""
    of: dict[str, Any]
    """Which curves: `experiment` and any keys of a curve, each with one value or a list."""
    than: dict[str, Any] = Field(default_factory=dict)
    """Which curves they are compared with; the same experiment where it names none."""
    matching: list[str] = Field(default_factory=list)
    """Keys that must be equal in the curves that are compared."""
    along: str = ""
    """The key along which it falls, rises or grows."""
    quantity: Quantity = "excess_loss"
    """What is judged: `excess_loss` where absent, or a variable of the store."""
    phases: list[Phase] = Field(default_factory=lambda: [*get_args(Phase)], min_length=1)
    """When: both where absent."""
    margin: PositiveFloat | None = None
    """In place of the margins of `decision`, in their units."""
    some: bool = False
    """Whether one of the comparisons in each experiment is enough; all of them where absent."""


class DatasetKeys(Parameters):
    """Keys of an entry of `datasets`, besides the parameters of its generator."""

    generator: str
    """How the data are drawn: a row of `cradl.datasets.DATASETS`."""
    problem: str
    """The loss that is minimised: a row of `cradl.problems.PROBLEMS`."""


class StudyKeys(Parameters):
    """Keys that stand at the study alone."""

    study: Name
    """Name of the study and of its folder in `results/`."""
    seed: Annotated[int, Field(ge=0, le=10**18)]
    """Seed of all random streams."""
    extends: Text
    """The study that this one changes: a file, relative to this one."""
    only: Annotated[list[str], Field(min_length=1)]
    """Run these experiments alone; all where the key is absent."""
    plugins: list[str]
    """Python files that add rows to the tables (rules, attacks, ...), relative to the study."""
    datasets: Annotated[dict[Name, dict[str, Any]], Field(min_length=1)]
    """The data sets by name."""
    experiments: Annotated[dict[Name, dict[str, Any]], Field(min_length=1)]
    """The experiments by name."""
    figures: dict[Name, dict[str, Any]]
    """The figures by name; training loss and excess loss of each experiment where absent."""
    decision: dict[str, Any]
    """How claims are decided."""
    claims: dict[Name, dict[str, Any]]
    """The claims that the runs are to decide, by name; none where absent."""


class Curve(Parameters):
    """One curve, fully resolved: what `cradl.simulate` needs to know."""

    label: str
    variant: str
    method: str
    aggregator: str
    attack: dict[str, Any]
    alpha: float
    f: int
    withstood: int
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
    def allocation_id(self) -> str:
        """Name of the allocation, and of its file."""
        return allocation_id(self.allocation, N=self.N, M=self.M, r=self.r)

    @property
    def pair_id(self) -> str:
        """Name of the pair of data set and allocation, and of its file."""
        return f"{self.dataset}-h{self.sigma_h:g}-{self.allocation_id}"


class Draws(NamedTuple):
    """Which draw of each kind of randomness a trial uses."""

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
    # Not part of what a result depends on, hence left out where one records its settings.
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
    """One curve of a comparison, with the sign it has in the statistic."""

    sign: Literal[-1, 1]
    experiment: str
    curve: str


class Cell(Parameters):
    """One comparison that a claim makes in one phase: a row of the table of claims.

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


class DataChoice(Parameters):
    """One entry of `datasets`: generator, loss, the generator's parameters."""

    generator: str
    problem: str
    parameters: dict[str, Any]


class Figure(Parameters):
    """One figure, with the panels that run."""

    draw: str
    experiments: list[str]
    options: dict[str, Any]
    """Arguments of the module's `draw`, besides the data."""
    caption: str


class Study(Parameters):
    """A whole study, checked."""

    name: str
    seed: int
    plugins: tuple[str, ...]
    datasets: dict[str, DataChoice]
    """Those that an experiment uses."""
    experiments: dict[str, Experiment]
    figures: dict[str, Figure]
    decision: DecisionKeys | None
    cells: tuple[Cell, ...]

    def curves(self) -> Iterator[tuple[Experiment, Curve]]:
        """Yield every curve with its experiment."""
        for experiment in self.experiments.values():
            for curve in experiment.curves:
                yield experiment, curve

    def dataset_request(self, name: str) -> dict[str, Any]:
        """Return the arguments of `cradl.datasets.dataset` for an entry of `datasets`."""
        users = [(one, curve) for one, curve in self.curves() if curve.dataset == name]
        choice = self.datasets[name]
        return {
            "kind": choice.generator,
            "parameters": choice.parameters,
            "problem": choice.problem,
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
            if not PROBLEMS[self.datasets[curve.dataset].problem].quadratic:
                continue
            groups = {(one.data, one.allocation) for one in experiment.draws()}
            name = curve.pair_id
            known = requests.get(name, {"groups": []})["groups"]
            requests[name] = {
                "dataset": curve.dataset,
                "sigma_h": curve.sigma_h,
                "allocation": curve.allocation_id,
                "groups": sorted(groups | {tuple(one) for one in known}),
                "seed": self.seed,
                "data": self.datasets[curve.dataset].model_dump(),
            }
        return requests

    def claimed_experiments(self) -> list[str]:
        """Return the experiments that claims are about."""
        return sorted({term.experiment for cell in self.cells for term in cell.terms})

    def sizes(self) -> list[tuple[int, int, int]]:
        """Return every (N, f, D) of the study, for which Table I is evaluated."""
        found = {
            (curve.N, curve.f, int(self.datasets[curve.dataset].parameters["D"]))
            for _, curve in self.curves()
        }
        return sorted(found)
