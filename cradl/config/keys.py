"""The keys of a study as a user writes them.

A study lists experiments, an experiment lists curves. A key that describes a curve may stand at
the study, at the experiment or at the curve; the innermost wins. A list value is a grid.
"""

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from cradl.parameters import NonNegativeFloat, Parameters, PositiveFloat, PositiveInt

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=80)]
SHARED = "shared"
"""The folder in `results/` of what depends on no study; no study may have this name."""


def _of_characters(text: str) -> str:
    """Refuse what no page, no figure and no store can hold: control characters."""
    if re.search(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text):
        raise PydanticCustomError("control_characters", "a text without control characters")
    return text


Text = Annotated[str, Field(min_length=1), AfterValidator(_of_characters)]
"""Any text that can be shown: letters of any language, signs, blanks and line breaks."""
NonNegativeInt = Annotated[int, Field(ge=0, le=10**9)]
Expectation = Literal["less", "same", "negligible", "falls", "rises", "gap_grows"]
Phase = Literal["early", "plateau"]
Quantity = Literal["excess_loss", "test_accuracy", "pairwise_distance_sq", "honest_spread_mean"]
Ranked = Literal["excess_loss", "test_error", "pairwise_distance_sq", "honest_spread_mean"]


class Redraw(Parameters):
    """The parts that a new trial draws anew; the others are the same in every trial."""

    data: bool
    """The training data."""
    allocation: bool
    """The allocation: which device holds which subset."""
    attack: bool
    """The Byzantine identities, the attack's noise and the random start point."""


class PreAggregationKeys(Parameters):
    """Keys of a pre-aggregation, besides its own parameters."""

    name: str
    """The pre-aggregation: a row of `cradl.pre_aggregation.PRE_AGGREGATIONS`."""


class ProblemKeys(Parameters):
    """Keys of a problem, besides its own parameters."""

    name: str
    """The problem: a row of `cradl.problems.PROBLEMS`."""


class AttackKeys(Parameters):
    """Keys of an attack, besides the attack's own parameters."""

    name: str
    """The attack: a row of `cradl.attacks.ATTACKS`."""


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
    """The method: a row of `cradl.methods.METHODS`."""
    aggregator: str
    """The aggregation rule, for methods that use one: a row of `cradl.aggregation.RULES`, or
    `library.Rule` of an installed library."""
    pre_aggregation: dict[str, Any]
    """What the server does to the messages before the rule sees them: `name`, a row of
    `cradl.pre_aggregation.PRE_AGGREGATIONS`, and its parameters; `none` if absent."""
    attack: dict[str, Any]
    """The attack of the Byzantine devices: `name`, a row of `cradl.attacks.ATTACKS`, and its
    parameters."""
    alpha: Annotated[float, Field(ge=0, lt=1)]
    """Fraction of Byzantine devices."""
    rounding: Literal["nearest", "floor", "ceil"]
    """Rounding of alpha * N to a number of devices (`nearest`: halves go up)."""
    withstand: Literal["alpha"] | Annotated[float, Field(ge=0, lt=1)]
    """Fraction of Byzantine devices that the rule or the code tolerates; `alpha`: the true one."""
    identities: Literal["redrawn", "persistent"]
    """Byzantine devices: drawn anew in every iteration, or once per run."""
    dataset: str
    """The data set: an entry of `datasets`."""
    sigma_h: NonNegativeFloat
    """Heterogeneity among the subsets, a standard deviation (Fig. 5)."""
    N: PositiveInt
    """Number of devices."""
    r: PositiveInt
    """Number of subsets on each device, for methods that allocate redundantly."""
    allocation: str
    """The redundant allocation of subsets: a row of `cradl.allocation.ALLOCATIONS`."""
    uncovered: Literal["contribute_nothing", "refuse"]
    """Subsets on no device contribute nothing, or stop the experiment with an error."""
    step_size: PositiveFloat | Schedule
    """Learning rate gamma of (8), the same in every iteration; or what theorem sets it (`schedule`)
    and how much of the largest rate that it allows (`share`)."""
    start: Literal["zero", "standard_normal", "scaled_normal"]
    """Start point: zero; independent standard normal entries drawn for each trial; or these with
    variance 1 over the number of inputs of their layer, and biases zero, as networks need it: from
    zero, all hidden units would stay alike."""


class CurveOwnKeys(Parameters):
    """Keys that stand at a curve alone."""

    label: Text
    """Its name in legends; if absent, it says what sets the curve apart."""


class ExperimentKeys(Parameters):
    """Keys that describe an experiment: at the study or at the experiment."""

    trials: Annotated[int, Field(ge=1, le=10**6)]
    """Number of Monte-Carlo trials."""
    T: Annotated[int, Field(ge=0, le=10**9)]
    """Index of the last iteration: iterations 0..T, hence T + 1 updates (Algorithm 1)."""
    redraw: Redraw
    """The parts that a new trial draws anew."""
    diagnostics: bool
    """If true, the quantities that the theorems speak of are stored; slower."""
    messages: bool
    """If true, every message is stored, and which devices were Byzantine; large."""
    chunks: Annotated[int, Field(ge=1, le=10**4)]
    """Number of jobs the trials are split into, at most one a trial; never changes a result."""


class ExperimentOwnKeys(Parameters):
    """Keys that stand at an experiment alone."""

    title: Text
    """Heading of its panel; if absent, the experiment's name."""
    curves: Annotated[list[dict[str, Any]], Field(min_length=1)]
    """The curves that are drawn together: the keys of each."""


class FigureKeys(Parameters):
    """A figure: what draws it, and its experiments."""

    draw: Name
    """The kind: a module of `paper_figures.figures`, or what a plugin adds."""
    experiments: Annotated[list[str], Field(min_length=1)]
    """Its panels, in order: names of experiments; absent if it draws a leaderboard."""
    leaderboard: Text
    """The leaderboard that it draws, an entry of `leaderboards`; for figures that draw one."""
    after: list[NonNegativeInt]
    """Iterations after which fronts show the loss, one for each experiment; for figures that draw
    fronts."""
    caption: Text
    """Its message and what supports it, for the report; if absent, the titles of its panels."""
    reproduces: Text
    """The figure of the paper that it reproduces, such as `Fig. 2`; if absent, none."""
    appendix: bool
    """Whether it stands among the appendix's figures in report and gallery; if absent, no."""


class DecisionKeys(Parameters):
    """The rules by which claims are decided, fixed before anything runs."""

    level: Annotated[float, Field(gt=0, lt=1)]
    """Confidence that all intervals of the table of claims hold at once (Bonferroni)."""
    early: Annotated[list[NonNegativeInt], Field(min_length=1)]
    """Iterations at which the early phase is judged."""
    plateau: PositiveInt
    """Number of last iterations whose mean is the plateau."""
    early_margin: PositiveFloat
    """Early, two values are the same if their log10 differ by less than this."""
    plateau_margin: PositiveFloat
    """On the plateau, an excess loss, or a difference of two, is negligible below this per cent of
    F*."""


class ClaimKeys(Parameters):
    """A claim: an expectation about some curves."""

    says: Text
    """The claim in words."""
    source: Text
    """The place where it is made."""
    expect: Expectation
    """`less`: `of` is below `than`; `same`: equal within the margin; `negligible`: zero within the
    margin; `falls`, `rises`: from each value of `along` to the next; `gap_grows`: so does the
    ratio of `than` to `of`."""
    of: dict[str, Any]
    """The curves: `experiment` and any keys of a curve, each with one value or a list."""
    than: dict[str, Any] = Field(default_factory=dict)
    """The curves they are compared with; of the same experiment if it names none."""
    matching: list[str] = Field(default_factory=list)
    """Keys that must be equal in the curves that are compared."""
    along: str = ""
    """The key along which it falls, rises or grows."""
    quantity: Quantity = "excess_loss"
    """The quantity that is judged: a variable of the store; `excess_loss` if absent. Of
    `test_accuracy` all is in percentage points."""
    phases: list[Phase] = Field(default_factory=lambda: [*get_args(Phase)], min_length=1)
    """The phases in which it is judged; if absent, both."""
    margin: PositiveFloat | None = None
    """Replaces the margins of `decision`, in their units."""
    some: bool = False
    """If true, one supported comparison per experiment is enough; otherwise all must be
    supported."""


class LeaderboardKeys(Parameters):
    """A leaderboard: contestants, which are ranked in each of several tasks."""

    says: Text
    """The question that it answers, or what is compared; the caption of its figure if that has
    none."""
    experiments: Annotated[list[str], Field(min_length=1)]
    """Their curves are ranked, those of all together: names of experiments."""
    contestants: Annotated[list[str], Field(min_length=1)]
    """Keys of a curve, any but `attack` and `label`: curves with the same values of these are one
    contestant. The other keys make the tasks; those that some method does not use are passed over.
    In each task, each contestant needs one curve."""
    quantity: Ranked = "excess_loss"
    """The quantity that is ranked on the plateau, the smallest first: a variable of the store, or
    `test_error`, 1 minus the test accuracy; `excess_loss` if absent. Contestants are compared by
    log10 of it, test errors by percentage points."""


class DatasetKeys(Parameters):
    """Keys of an entry of `datasets`, besides the parameters of its generator."""

    generator: str
    """The generator of the data: a row of `cradl.datasets.DATASETS`."""
    problem: str | dict[str, Any]
    """The loss that is minimised: a row of `cradl.problems.PROBLEMS`; or a mapping of its `name`
    and its parameters."""


class StudyKeys(Parameters):
    """Keys that stand at the study alone."""

    study: Name
    """Name of the study and of its folder in `results/`."""
    seed: Annotated[int, Field(ge=0, le=10**18)]
    """Seed of all random streams."""
    extends: Text
    """The study that this one changes: a file, relative to this one."""
    theory: bool
    """Whether the theory is checked: every equation of the paper, the true constants of Table I and
    the theorems on the study's own curves; if absent, it is."""
    only: Annotated[list[str], Field(min_length=1)]
    """Run these experiments alone; if absent, all."""
    plugins: list[str]
    """Python files that add rows to the tables (rules, attacks, ...) or kinds of figures, relative
    to the study."""
    style: Text
    """A Matplotlib style file that is laid over the style of the figures, relative to the study; if
    absent, none."""
    datasets: Annotated[dict[Name, dict[str, Any]], Field(min_length=1)]
    """The data sets by name."""
    experiments: Annotated[dict[Name, dict[str, Any]], Field(min_length=1)]
    """The experiments by name."""
    figures: dict[Name, dict[str, Any]]
    """The figures by name; if absent, the excess loss of each experiment."""
    decision: dict[str, Any]
    """The rules by which claims are decided."""
    claims: dict[Name, dict[str, Any]]
    """The claims that the runs are to decide, by name; if absent, none."""
    leaderboards: dict[Name, dict[str, Any]]
    """The leaderboards by name; if absent, none."""
