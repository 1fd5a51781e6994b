"""Rows of the ledger: Sections II and III, Definition 1 and Assumptions 1 to 3."""

import sympy
from sympy import Eq

from theory.paper.lemma1_proofs import check_any
from theory.paper.lemma2_proofs import check_52_half
from theory.proving import small_instances
from theory.proving.proofs import Outcome, Row, identity, implied, violated
from theory.proving.symbols import M

x, y = sympy.symbols("x y", real=True)
curvature = sympy.Symbol("curvature", positive=True)
places = sympy.symbols("a_1:4", real=True)

LOSSES = tuple(curvature * (x - place) ** 2 / 2 for place in places)
"""Three subsets' losses in one coordinate, all with the same curvature: they meet Assumptions 1
to 3, with equality, in any number of coordinates."""

TOTAL = sum(LOSSES)

DIVISIONS = (((0, 1), (2, 3), (4,)), ((0, 3), (1, 4), (2,)), ((), (), (0, 1, 2, 3, 4)))
"""Of five samples into three subsets."""


def _defined(where: str) -> Outcome:
    return Outcome("definition", "none", where)


def check_1() -> Outcome:
    """Say where the problem is."""
    run, minimum = "cradl.engine.algorithm.run_algorithm", "cradl.problems.Problem.minimum"
    return _defined(f"{run}; its minimum: {minimum}")


def check_2() -> Outcome:
    """Say where the loss is."""
    return _defined("cradl.problems.Problem.loss, summed over the samples; for (41) half a square")


def check_3() -> Outcome:
    """Prove that the loss does not depend on how the samples are divided."""
    samples = sympy.symbols("l_1:6", real=True)
    for division in DIVISIONS:
        # (4), then (3)
        per_subset = [sum(samples[one] for one in subset) for subset in division]
        identity(sum(per_subset), sum(samples))
    return Outcome(
        "proved",
        "sympy identity",
        f"{len(DIVISIONS)} divisions of five samples into three subsets, symbolic losses; for any "
        "division because every sample is in exactly one subset",
        ("the subsets are disjoint and cover the data",),
    )


def check_4() -> Outcome:
    """Say where the loss of a subset is."""
    return _defined(
        "encoding of cradl.engine.trials.Run: each sample counts with its subset's weight"
    )


def check_footnote() -> Outcome:
    """Prove that both lemmas extend to devices with unequal numbers of subsets, and how."""
    r_i, r_j, shared, own = sympy.symbols("r_i r_j shared own", nonnegative=True)
    implied(Eq(own, r_i * (1 - r_j / M)), [Eq(shared + own, r_i), Eq(shared, r_i * r_j / M)])
    check_any()
    check_52_half()
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
    )


def check_5() -> Outcome:
    """Say where coded gradients are computed."""
    return _defined(
        "cradl.methods.coded_gradient; exactly: theory.proving.small_instances.coded_gradients"
    )


def check_6() -> Outcome:
    """Say where messages are aggregated."""
    return _defined("cradl.methods.aggregate with the rules of cradl.aggregation.RULES")


def check_7() -> Outcome:
    """Say where Definition 1 is."""
    return _defined(
        "theory.rba.definition1, invariant to translation and scale; the print calls C_alpha a "
        "constant determined by alpha, rows 1 and 6 of Table I depend on N and D as well"
    )


def check_8() -> Outcome:
    """Say where the model is updated."""
    return _defined("cradl.engine.stages.take_step in cradl.engine.algorithm.run_algorithm")


def check_9() -> Outcome:
    """Show that Assumption 1 can be met."""
    L = sympy.diff(TOTAL, x, 2)
    at_y = TOTAL.subs(x, y)
    slope = sympy.diff(TOTAL, x).subs(x, y)
    # (9)
    identity(TOTAL, at_y + slope * (x - y) + L / 2 * (x - y) ** 2)
    return Outcome(
        "assumption",
        "sympy identity",
        f"met with equality by f_k = curvature |x - a_k|^2/2, L = M curvature ({L} for M = 3); "
        "(41) meets it with its Hessian's largest eigenvalue, cradl.problems.Problem.smoothness",
    )


def check_10() -> Outcome:
    """Show that Assumption 2 can be met, and that least squares does not meet it."""
    for one in LOSSES:
        # (10), inside the norm
        deviation = sympy.diff(one, x) - sympy.diff(TOTAL, x) / 3
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


def check_11() -> Outcome:
    """Show that Assumption 3 can be met."""
    centre = sum(places) / 3
    # (11)
    identity(TOTAL - TOTAL.subs(x, centre), 3 * curvature / 2 * (x - centre) ** 2)
    return Outcome(
        "assumption",
        "sympy identity",
        "met with equality at the mean of the a_k by f_k = curvature |x - a_k|^2/2; (41) has "
        "F* >= 0, computed by cradl.problems.Problem.minimum",
    )


_NAIVE = "tests/cradl/test_trajectories.py::test_every_stored_variable_equals_a_naive_run"
_MINIMUM = "tests/cradl/test_datasets.py::test_smoothness_and_minimum_in_exact_arithmetic"
_ASSUMED = (
    "tests/theory/paper/test_definitions.py::test_losses_of_one_curvature_meet_the_assumptions"
)

ROWS: tuple[Row, ...] = (
    Row(
        "1",
        "Section II",
        "definition",
        "the problem: minimise the training loss",
        r"x^* = \arg\min_x F(x)",
        check_1,
        _MINIMUM,
    ),
    Row(
        "2",
        "Section II",
        "definition",
        "the training loss, a sum over all samples",
        r"F(x) = \sum_{\varrho \in D} l(x, \varrho)",
        check_2,
        _NAIVE,
    ),
    Row(
        "3",
        "Section III",
        "identity",
        "the same loss as a sum over the subsets",
        r"F(x) = \sum_{k=1}^M f_k(x)",
        check_3,
        "tests/theory/paper/test_definitions.py::test_a_sample_in_two_subsets_changes_the_loss",
    ),
    Row(
        "4",
        "Section III",
        "definition",
        "the loss of one subset",
        r"f_k(x) = \sum_{\varrho \in D_k} l(x, \varrho)",
        check_4,
        _NAIVE,
    ),
    Row(
        "U1",
        "footnote 1",
        "remark",
        "the analysis extends to devices with different numbers of subsets",
        r"(12), (16) \text{ with } r_i \text{ for } r",
        check_footnote,
        "tests/theory/paper/test_lemma1.py::test_bounds_hold_on_every_small_allocation",
    ),
    Row(
        "5",
        "Section III",
        "definition",
        "the coded gradient of a device",
        r"g_i^t = \sum_{k: s(i, k) \ne 0} \nabla f_k(x^t) / d_k",
        check_5,
        _NAIVE,
    ),
    Row(
        "6",
        "Section III",
        "definition",
        "the update: the rule applied to all messages",
        r"\hat g^t = A(\{g_i^t\}_{i \in H^t}, \{b_j^t\}_{j \in B^t})",
        check_6,
        "tests/cradl/test_aggregation.py::test_equals_the_definition_on_integers_with_many_ties",
    ),
    Row(
        "7",
        "Definition 1",
        "definition",
        "a rule is robust bounded if its error is within C_alpha^2 times the largest deviation",
        r"\|A - \bar z\|^2 \le C_\alpha^2 \varsigma",
        check_7,
        "tests/theory/paper/test_table1.py::test_definition_one_on_examples_worked_out_by_hand",
    ),
    Row(
        "8",
        "Section III",
        "definition",
        "the step of the model",
        r"x^{t+1} = x^t - \gamma^t \hat g^t",
        check_8,
        "tests/cradl/test_trajectories.py"
        "::test_without_attack_the_mean_methods_are_gradient_descent",
    ),
    Row(
        "9",
        "Assumption 1",
        "assumption",
        "the loss is L-smooth",
        r"F(x) \le F(y) + \langle \nabla F(y), x - y \rangle + \frac{L}{2} \|x - y\|^2",
        check_9,
        _ASSUMED,
    ),
    Row(
        "10",
        "Assumption 2",
        "assumption",
        "the heterogeneity among the subsets is bounded",
        r"\|\nabla f_i(x) - \nabla F(x) / M\|^2 \le \beta^2",
        check_10,
        _ASSUMED,
    ),
    Row(
        "11",
        "Assumption 3",
        "assumption",
        "the loss is bounded from below",
        r"F(x) \ge F^*",
        check_11,
        _ASSUMED,
    ),
)
