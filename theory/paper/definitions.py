"""Rows of the ledger decide Sections II and III, Definition 1 and Assumptions 1 to 3."""

import sympy
from sympy import Eq

from theory.proving import small_instances
from theory.proving.proofs import Induction, Outcome, Step, identity, violated
from theory.proving.statement import statement
from theory.proving.symbols import M

x, y = sympy.symbols("x y", real=True)
curvature = sympy.Symbol("curvature", positive=True)
places = sympy.symbols("a_1:4", real=True)

LOSSES = tuple(curvature * (x - place) ** 2 / 2 for place in places)
"""The losses of three subsets in one coordinate. All have the same curvature, so they meet
Assumptions 1 to 3 with equality, in any number of coordinates."""

TOTAL = sum(LOSSES)

by_subset, by_sample, one = sympy.symbols("by_subset by_sample one", real=True)
"""Sums of the losses so far, subset by subset and sample by sample, and the loss of one sample."""

r_i, r_j, shared, own = sympy.symbols("r_i r_j shared own", nonnegative=True)
"""Sizes of S_i and S_j, of their intersection, and of S_i∖S_j."""

STEPS: dict[str, Step | Induction] = {
    # One more sample is in exactly one subset, so that it adds its loss to one f_k of (4).
    "3": Induction(
        claim=Eq(by_subset, by_sample),
        start={by_subset: 0, by_sample: 0},
        grows={by_subset: by_subset + one, by_sample: by_sample + one},
    ),
    "U1": Step(Eq(own, r_i * (1 - r_j / M)), (Eq(shared + own, r_i), Eq(shared, r_i * r_j / M))),
}

DIVISIONS = (((0, 1), (2, 3), (4,)), ((0, 3), (1, 4), (2,)), ((), (), (0, 1, 2, 3, 4)))
"""Divisions of five samples into three subsets."""


def _defined(where: str) -> Outcome:
    return Outcome("definition", "none", where)


_HERE = "tests/theory/paper/test_definitions.py"


@statement(
    "1",
    place="Section II",
    form="definition",
    says="the problem: minimise the training loss",
    latex=r"x^* = \arg\min_x F(x)",
    uses=("2",),
    test="tests/cradl/test_datasets.py::test_smoothness_and_minimum_in_exact_arithmetic",
)
def check_1() -> Outcome:
    """Tell which code solves the problem."""
    run, minimum = "cradl.engine.algorithm.run_algorithm", "cradl.problems.Problem.minimum"
    return _defined(f"{run}; its minimum: {minimum}")


@statement(
    "2",
    place="Section II",
    form="definition",
    says="the training loss, a sum over all samples",
    latex=r"F(x) = \sum_{\varrho \in D} l(x, \varrho)",
    test="tests/cradl/engine/test_trajectories.py::test_every_stored_variable_equals_a_naive_run",
)
def check_2() -> Outcome:
    """Tell which code evaluates the loss."""
    return _defined("cradl.problems.Problem.loss, summed over the samples; for (41) half a square")


@statement(
    "3",
    place="Section III",
    form="identity",
    says="the same loss as a sum over the subsets",
    latex=r"F(x) = \sum_{k=1}^M f_k(x)",
    uses=("2", "4"),
    test=f"{_HERE}::test_a_sample_in_two_subsets_changes_the_loss",
)
def check_3() -> Outcome:
    """Prove that the loss does not depend on how the samples are divided."""
    STEPS["3"].prove()
    samples = sympy.symbols("l_1:6", real=True)
    for division in DIVISIONS:
        # (4) gives each subset's loss, (3) their sum.
        per_subset = [sum(samples[place] for place in subset) for subset in division]
        identity(sum(per_subset), sum(samples))
    return Outcome(
        "proved",
        "induction over the samples, sympy identity",
        "one more sample is in exactly one subset and adds its loss to both sides; "
        f"{len(DIVISIONS)} divisions of five samples into three subsets besides",
        ("the subsets are disjoint and cover the data",),
        scope="general",
    )


@statement(
    "4",
    place="Section III",
    form="definition",
    says="the loss of one subset",
    latex=r"f_k(x) = \sum_{\varrho \in D_k} l(x, \varrho)",
    test="tests/cradl/engine/test_trajectories.py::test_every_stored_variable_equals_a_naive_run",
)
def check_4() -> Outcome:
    """Tell which code evaluates the loss of a subset."""
    return _defined(
        "encoding of cradl.engine.trials.Run: each sample counts with its subset's weight"
    )


@statement(
    "U1",
    place="footnote 1",
    form="remark",
    says="the analysis extends to devices with different numbers of subsets",
    latex=r"(12), (16) \text{ with } r_i \text{ for } r",
    uses=("5", "U4", "U17"),
    test="tests/theory/paper/test_lemma1.py::test_bounds_hold_on_every_small_allocation",
)
def check_footnote() -> Outcome:
    """Prove that both lemmas extend to devices with unequal numbers of subsets, and how."""
    STEPS["U1"].prove()
    S, gradients = ((1, 0, 0), (0, 1, 1)), ((1,), (1,), (1,))
    difference = sympy.Rational(small_instances.largest_difference_sq(S, gradients))
    return Outcome(
        "proved",
        "SMT over the reals, exact instance",
        "Lemma 1 with nu = max |S_i minus S_j| (U4; r_i - r_i r_j/M for overlaps r_i r_j/M, of "
        "which the footnote says nothing), Lemma 2 with max r_i (U17). What equal r_i give and "
        "unequal ones lose is U5: {1}, {2,3} with three gradients 1, beta = 0, is "
        f"{violated(difference, sympy.Integer(0))}",
        ("every d_k >= 1", "Assumption 2"),
        scope="general",
    )


@statement(
    "5",
    place="Section III",
    form="definition",
    says="the coded gradient of a device",
    latex=r"g_i^t = \sum_{k: s(i, k) \ne 0} \nabla f_k(x^t) / d_k",
    uses=("4",),
    test="tests/cradl/engine/test_trajectories.py::test_every_stored_variable_equals_a_naive_run",
)
def check_5() -> Outcome:
    """Tell which code computes coded gradients."""
    return _defined(
        "cradl.methods.coded_gradient; exactly: theory.proving.small_instances.coded_gradients"
    )


@statement(
    "6",
    place="Section III",
    form="definition",
    says="the update: the rule applied to all messages",
    latex=r"\hat g^t = A(\{g_i^t\}_{i \in H^t}, \{b_j^t\}_{j \in B^t})",
    uses=("5",),
    test="tests/cradl/test_aggregation.py::test_equals_the_definition_on_integers_with_many_ties",
)
def check_6() -> Outcome:
    """Tell which code aggregates messages."""
    return _defined("cradl.methods.aggregate with the rules of cradl.aggregation.RULES")


@statement(
    "7",
    place="Definition 1",
    form="definition",
    says="a rule is robust bounded if its error is within C_alpha^2 times the largest deviation",
    latex=r"\|A - \bar z\|^2 \le C_\alpha^2 \varsigma",
    test="tests/theory/paper/test_table1.py::test_definition_one_on_examples_worked_out_by_hand",
)
def check_7() -> Outcome:
    """Tell which code evaluates Definition 1."""
    return _defined(
        "theory.rba.definition1, invariant to translation and scale; the print calls C_alpha a "
        "constant determined by alpha, rows 1 and 6 of Table I depend on N and D as well"
    )


@statement(
    "8",
    place="Section III",
    form="definition",
    says="the step of the model",
    latex=r"x^{t+1} = x^t - \gamma^t \hat g^t",
    uses=("6",),
    test="tests/cradl/engine/test_trajectories.py"
    "::test_without_attack_the_mean_methods_are_gradient_descent",
)
def check_8() -> Outcome:
    """Tell which code updates the model."""
    return _defined("cradl.engine.stages.take_step in cradl.engine.algorithm.run_algorithm")


@statement(
    "9",
    place="Assumption 1",
    form="assumption",
    says="the loss is L-smooth",
    latex=r"F(x) \le F(y) + \langle \nabla F(y), x - y \rangle + \frac{L}{2} \|x - y\|^2",
    uses=("2",),
    test=f"{_HERE}::test_losses_of_one_curvature_meet_the_assumptions",
)
def check_9() -> Outcome:
    """Show that Assumption 1 can be met."""
    L = sympy.diff(TOTAL, x, 2)
    at_y = TOTAL.subs(x, y)
    slope = sympy.diff(TOTAL, x).subs(x, y)
    identity(TOTAL, at_y + slope * (x - y) + L / 2 * (x - y) ** 2)
    return Outcome(
        "assumption",
        "sympy identity",
        f"met with equality by f_k = curvature |x - a_k|^2/2, L = M curvature ({L} for M = 3); "
        "(41) meets it with its Hessian's largest eigenvalue, cradl.problems.Problem.smoothness",
    )


@statement(
    "10",
    place="Assumption 2",
    form="assumption",
    says="the heterogeneity among the subsets is bounded",
    latex=r"\|\nabla f_i(x) - \nabla F(x) / M\|^2 \le \beta^2",
    uses=("3", "4"),
    test=f"{_HERE}::test_losses_of_one_curvature_meet_the_assumptions",
)
def check_10() -> Outcome:
    """Show that Assumption 2 can be met, and that least squares does not meet it."""
    for loss in LOSSES:
        # The vector inside the norm of (10).
        deviation = sympy.diff(loss, x) - sympy.diff(TOTAL, x) / 3
        identity(sympy.diff(deviation, x), sympy.Integer(0))
    c_1, c_2 = sympy.symbols("c_1 c_2", positive=True)
    unequal = c_1 * (x - places[0]) ** 2 / 2, c_2 * (x - places[1]) ** 2 / 2
    deviation = sympy.diff(unequal[0], x) - sympy.diff(sum(unequal), x) / 2
    identity(sympy.diff(deviation, x), (c_1 - c_2) / 2)
    return Outcome(
        "assumption",
        "sympy identity",
        "met by f_k = curvature |x - a_k|^2/2 with beta = curvature max |a_k - mean a|. Least "
        "squares (41) meets it for no beta unless all subsets have one Hessian: with curvatures "
        "c_1 and c_2 the deviation grows with slope (c_1 - c_2)/2, without bound in x",
    )


@statement(
    "11",
    place="Assumption 3",
    form="assumption",
    says="the loss is bounded from below",
    latex=r"F(x) \ge F^*",
    uses=("2",),
    test=f"{_HERE}::test_losses_of_one_curvature_meet_the_assumptions",
)
def check_11() -> Outcome:
    """Show that Assumption 3 can be met."""
    centre = sum(places) / 3
    identity(TOTAL - TOTAL.subs(x, centre), 3 * curvature / 2 * (x - centre) ** 2)
    return Outcome(
        "assumption",
        "sympy identity",
        "met with equality at the mean of the a_k by f_k = curvature |x - a_k|^2/2; (41) has "
        "F* >= 0, computed by cradl.problems.Problem.minimum",
    )
