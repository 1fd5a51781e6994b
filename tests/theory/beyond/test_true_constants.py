"""Test true constants against linear programs, projections, grids, searches and exact inputs."""

import itertools
from fractions import Fraction as F

import numpy as np
import pytest
import scipy.optimize
import sympy
from sklearn.isotonic import IsotonicRegression

from cradl.aggregation import RULES
from theory.beyond import coordinate_rules_proofs, krum_proofs, message_rules_proofs
from theory.beyond.constants_table import GRID, constants_table
from theory.beyond.counterexamples import COUNTEREXAMPLES
from theory.beyond.true_constants import STATED, true_c_alpha_squared
from theory.beyond.worst_case import exact_ratio, search
from theory.beyond.worst_inputs import krum_place
from theory.paper.table1 import TABLE_I, c_alpha_squared, definition1
from theory.proving.exact_rules import ratio
from theory.proving.instances import Unproved

SIZES = [(N, f) for N in range(1, 11) for f in range((N + 1) // 2)]
CHECKS = {
    "group": (coordinate_rules_proofs, "check_group"),
    "group, largest": (coordinate_rules_proofs, "check_group_largest"),
    "phocas, below": (coordinate_rules_proofs, "check_phocas"),
    "phocas, many": (coordinate_rules_proofs, "check_phocas"),
    "phocas, few": (coordinate_rules_proofs, "check_phocas"),
    "average": (coordinate_rules_proofs, "check_coordinates"),
    "minority": (message_rules_proofs, "check_geometric_median"),
    "far minority": (message_rules_proofs, "check_geometric_median"),
    "mean of squares": (message_rules_proofs, "check_geometric_median_average"),
    "krum": (krum_proofs, "check_krum"),
}
OF_STATED = {
    "group": coordinate_rules_proofs.check_group,
    "trimmed group": coordinate_rules_proofs.check_group,
    "coordinates": coordinate_rules_proofs.check_coordinates,
    "over-estimated": coordinate_rules_proofs.check_over_estimated,
    "faba": message_rules_proofs.check_faba,
    "faba average": message_rules_proofs.check_faba_average,
    "far minority": message_rules_proofs.check_geometric_median,
    "geometric_median": message_rules_proofs.check_geometric_median_average,
    "any rule": message_rules_proofs.check_any_rule,
    "score": krum_proofs.check_krum,
    "krum": krum_proofs.check_krum,
    "krum average": krum_proofs.check_krum_average,
}
SLIPS = [F(1, 2), F(99, 100), F(101, 100), F(2)]


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("factor", SLIPS)
def test_a_slip_of_the_pen_flips_the_proof(name, factor, monkeypatch):
    module, check = CHECKS[name]
    step = module.STEPS[name]
    claim = sympy.Le(step.claim.lhs, sympy.Rational(factor) * step.claim.rhs)
    monkeypatch.setitem(module.STEPS, name, step._replace(claim=claim))
    with pytest.raises(Unproved):
        getattr(module, check)()


@pytest.mark.parametrize("name", OF_STATED)
@pytest.mark.parametrize("factor", SLIPS)
def test_a_slip_in_a_constant_flips_its_proof(name, factor, monkeypatch):
    monkeypatch.setitem(STATED, name, sympy.Rational(factor) * STATED[name])
    with pytest.raises(Unproved):
        OF_STATED[name]()


def test_the_constant_of_another_rule_is_refused(monkeypatch):
    # The median of five has q = 2 of 4 honest values, not the 3 of the trimmed mean.
    monkeypatch.setattr(coordinate_rules_proofs, "group_size", lambda rule, N, f: N - 2 * f)
    with pytest.raises(Unproved, match="need median, N=5, f=1"):
        coordinate_rules_proofs.check_group_largest()


def order_statistics(rule, N, f):
    """Return a rule's weights of sorted honest values if all Byzantine values are above them."""
    n = N - f
    weights = np.zeros(n)
    if rule == "median":
        weights[(N - 1) // 2] += 0.5
        weights[N // 2] += 0.5
    else:
        weights[f:] = 1 / (n - f)
    return weights


@pytest.mark.parametrize("rule", ["median", "trimmed_mean"])
@pytest.mark.parametrize(("N", "f"), SIZES)
def test_largest_deviation_on_a_line_equals_a_linear_program(rule, N, f):
    n = N - f
    ascending = np.diff(np.eye(n), axis=0)
    program = scipy.optimize.linprog(
        -order_statistics(rule, N, f),
        A_ub=-ascending if n > 1 else None,
        b_ub=np.zeros(n - 1) if n > 1 else None,
        A_eq=np.ones((1, n)),
        b_eq=[0],
        bounds=(-1, 1),
    )
    lower, upper = true_c_alpha_squared(rule, N=N, f=f, D=1)
    assert lower == upper
    assert float(upper) == pytest.approx(program.fun**2, abs=1e-9)


@pytest.mark.parametrize("rule", ["median", "trimmed_mean"])
@pytest.mark.parametrize(("N", "f"), SIZES)
def test_average_deviation_on_a_line_equals_a_projection(rule, N, f):
    # The maximum of a linear function on a ball in a cone is the length of its projection.
    n = N - f
    weights = order_statistics(rule, N, f)
    projected = IsotonicRegression().fit_transform(np.arange(n), weights - weights.mean())
    lower, upper = true_c_alpha_squared(rule, N=N, f=f, D=1, deviation="average")
    assert lower == upper
    assert float(upper) == pytest.approx(n * (projected**2).sum(), abs=1e-9)


@pytest.mark.parametrize(("N", "f"), SIZES)
def test_phocas_on_a_line_equals_linear_programs(N, f):
    n, best = N - f, 0.0
    for kept in range(f + 1):
        # Variables: ascending honest values, then the place of the kept Byzantine values.
        trimmed = np.append(order_statistics("trimmed_mean", N, f), 0.0)
        error = np.append(np.where(np.arange(n) < kept, 0.0, 1.0), kept) / n
        ascending = [np.append(-row, 0.0) for row in np.diff(np.eye(n), axis=0)]
        place = np.eye(n + 1)[n]
        rows = [*ascending, np.eye(n + 1)[n - 1] - place]
        if kept:
            rows.append(place - 2 * trimmed + np.eye(n + 1)[kept - 1])
        program = scipy.optimize.linprog(
            -error,
            A_ub=rows,
            b_ub=np.zeros(len(rows)),
            A_eq=[np.append(np.ones(n), 0.0)],
            b_eq=[0],
            bounds=[(-1, 1)] * n + [(-1, 10)],
        )
        best = max(best, -program.fun)
    lower, upper = true_c_alpha_squared("phocas", N=N, f=f, D=1)
    assert lower == upper
    assert float(upper) == pytest.approx(best**2, abs=1e-9)


GRIDS = [(3, 1), (4, 1), (5, 1), (5, 2), (6, 1), (6, 2)]


@pytest.mark.parametrize("rule", TABLE_I)
@pytest.mark.parametrize("deviation", ["max", "average"])
@pytest.mark.parametrize(("N", "f"), GRIDS)
def test_no_input_of_a_grid_exceeds_the_upper_bound(rule, deviation, N, f):
    if rule == "krum" and 2 * f + 3 > N:
        pytest.skip("Krum is not defined")
    _, upper = true_c_alpha_squared(rule, N=N, f=f, D=1, deviation=deviation)
    allowed = float(upper) * (1 + 1e-12)
    for honest in itertools.combinations_with_replacement(range(-2, 3), N - f):
        for byzantine in itertools.combinations_with_replacement(range(-1, 8, 2), f):
            reached = ratio(
                rule,
                [[F(value)] for value in honest],
                [[F(value)] for value in byzantine],
                average=deviation == "average",
            )
            assert reached <= allowed


@pytest.mark.parametrize("rule", TABLE_I)
@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize(("N", "f", "D"), [(5, 1, 1), (7, 2, 2), (8, 3, 2), (9, 2, 4)])
def test_no_search_exceeds_the_upper_bound_or_misses_an_exact_one(rule, average, N, f, D):
    if rule == "krum" and 2 * f + 3 > N:
        pytest.skip("Krum is not defined")
    deviation = "average" if average else "max"
    lower, upper = true_c_alpha_squared(rule, N=N, f=f, D=D, deviation=deviation)
    worst = search(RULES[rule], N=N, f=f, D=D, average=average)
    assert worst.ratio <= float(upper) * (1 + 1e-9)
    if lower == upper and D == 1:
        assert worst.ratio >= 0.93 * float(lower)
    if rule != "geometric_median":
        exact = exact_ratio(rule, worst, average=average)
        assert float(exact) == pytest.approx(worst.ratio, rel=1e-6)
        assert exact <= sympy.nsimplify(upper) + sympy.Rational(1, 10**9)


def test_a_search_takes_any_function_and_sees_that_it_is_no_defence():
    def average(messages, f):
        return messages.mean(axis=0)

    assert search(average, N=5, f=1, D=2).ratio > 1e6


@pytest.mark.parametrize("sizes", [{"N": 4, "f": 2, "D": 1}, {"N": 3, "f": 1, "D": 0}])
def test_a_search_without_an_honest_majority_is_refused(sizes):
    with pytest.raises(ValueError, match="need 0 <= 2f < N and D >= 1, got"):
        search(RULES["median"], **sizes)


def test_one_seed_finds_one_input():
    first, second = (search(RULES["krum"], N=7, f=2, D=2, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.honest, second.honest)


@pytest.mark.parametrize("example", COUNTEREXAMPLES, ids=lambda row: f"{row.rule}-{row.sizes}")
def test_every_counterexample_violates_the_print_in_exact_arithmetic(example):
    N, f, D = example.sizes
    assert example.reached() > example.printed()
    if example.rule != "faba":
        assert example.printed() == c_alpha_squared(example.rule, N=N, f=f, D=D)
    _, upper = true_c_alpha_squared(example.rule, N=N, f=f, D=D)
    assert example.reached() <= upper
    # The rule of the simulation and the definition give the same ratio.
    messages = np.array([*example.byzantine, *example.honest], dtype=float)
    aggregate = RULES[example.rule](messages, f=f)
    error, spread = definition1(messages[f:], aggregate)
    assert error / spread == pytest.approx(float(example.reached()), rel=1e-9)


@pytest.mark.parametrize(
    ("N", "f", "size"), [(7, 2, 2), (9, 3, 3), (11, 4, 3), (8, 0, 3), (9, 0, 4), (12, 2, 5)]
)
def test_krum_is_pulled_as_far_as_said(N, f, size):
    n = N - f
    place = krum_place(N, f, size)
    honest = [[F(n - size)]] * size + [[F(-size)]] * (n - size)
    squares = [F(n - size) ** 2] * size + [F(size) ** 2] * (n - size)
    reached, beyond = (
        ratio("krum", honest, [[place + step]] * f, average=False) for step in (0, F(n, 10**5))
    )
    if f:
        assert reached == place**2 / max(squares)
        # Only where liars are chosen on the inner side alone, and not by a tie everywhere.
        assert place == n - size or beyond <= 1 < reached
    else:
        assert reached <= 1


def test_the_least_known_is_reached_wherever_it_is_exact():
    for rule, (N, f, D) in itertools.product(TABLE_I, GRID):
        if 2 * f >= N or (rule == "krum" and 2 * f + 3 > N):
            continue
        for deviation in ("max", "average"):
            lower, upper = true_c_alpha_squared(rule, N=N, f=f, D=D, deviation=deviation)
            assert 0 <= lower <= upper


def test_an_average_is_never_above_what_the_largest_allows():
    for rule, (N, f, D) in itertools.product(TABLE_I, GRID):
        if rule == "krum" and 2 * f + 3 > N:
            continue
        most = true_c_alpha_squared(rule, N=N, f=f, D=D)[1]
        average = true_c_alpha_squared(rule, N=N, f=f, D=D, deviation="average")[1]
        assert most <= average


def test_the_table_names_what_is_violated():
    def midrange(messages, f):
        kept = np.sort(messages, axis=0)[f : len(messages) - f]
        return (kept[0] + kept[-1]) / 2

    rows = constants_table(
        [(100, 22, 2)],
        {**RULES, "midrange": midrange}.get,
        others={"midrange": lambda N: (N - 1) // 2},
    )
    violated = {(row.rule, row.N, row.f, row.D) for row in rows if row.verdict == "violated"}
    assert {("median", 5, 1, 1), ("median", 100, 22, 2), ("krum", 29, 13, 1)} <= violated
    assert {rule for rule, *_ in violated} == {"median", "krum"}
    own = [row for row in rows if row.rule == "midrange"]
    assert own
    assert all(row.upper is None and row.verdict == "not printed" for row in own)
    outside = [row for row in rows if row.rule == "faba" and (row.N, row.f) == (10, 4)]
    assert {row.verdict for row in outside if row.deviation == "max"} == {"outside its domain"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rule": "mean"}, "need one of median, .*, got 'mean'"),
        ({"f": 3}, "need 2f < N, got f=3, N=6"),
        ({"deviation": "least"}, "need deviation max or average, got 'least'"),
        ({"rule": "krum", "f": 2}, r"need N >= 2f \+ 3 for krum, got N=6, f=2"),
    ],
)
def test_what_has_no_constant_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        true_c_alpha_squared(**{"rule": "median", "N": 6, "f": 1, "D": 2} | change)


def least_total_distance(points):
    """Return the geometric median of points in general position, by Weiszfeld's iteration."""
    place = points.mean(axis=0)
    for _ in range(3000):
        weights = 1 / np.maximum(np.linalg.norm(points - place, axis=1), 1e-300)
        place = weights @ points / weights.sum()
    return place


@pytest.mark.parametrize(("N", "f"), [(5, 1), (6, 2), (7, 3), (9, 2), (10, 4)])
def test_the_geometric_median_stays_within_its_average_constant(N, f):
    bound, rng = N / (N - 2 * f), np.random.default_rng(N)
    largest = 0.0
    for scale in np.repeat([0.03, 0.3, 1.0, 3.0], 25):
        honest = rng.standard_normal((N - f, 2)) * (1, scale)
        # Two places and liars at one of them come near to the bound.
        honest[:, 0] += 2 * (np.arange(N - f) < rng.integers(1, N - f))
        sent = honest[0] + scale * rng.standard_normal((f, 2))
        out = least_total_distance(np.concatenate([sent, honest]))
        around = ((honest - honest.mean(axis=0)) ** 2).sum(axis=1).mean()
        largest = max(largest, ((out - honest.mean(axis=0)) ** 2).sum() / around)
    assert 0.1 * bound < largest <= bound


@pytest.mark.parametrize(("N", "f"), [(6, 2), (10, 4), (8, 1)])
def test_the_average_constant_of_the_geometric_median_is_approached_for_even_N(N, f):
    near, ratios = (N - 2 * f) // 2, []
    for aside in (F(1), F(1, 10), F(1, 1000)):
        # `near` honest messages and all liars at (1, 0), the others at (0, 0), one moved aside.
        others = [(F(0), F(0))] * (N - f - near - 1) + [(F(0), aside)]
        honest = [(F(1), F(0))] * near + others
        # (1, 0) is the minimiser: the directions to the others sum to less than its multiplicity.
        pulls = [(place[0] - 1, place[1]) for place in others]
        lengths = [sympy.sqrt(x**2 + y**2) for x, y in pulls]
        x, y = (
            sum(pull[axis] / length for pull, length in zip(pulls, lengths, strict=True))
            for axis in (0, 1)
        )
        assert x**2 + y**2 < (near + f) ** 2
        mean = [sum(column) / len(honest) for column in zip(*honest, strict=True)]
        around = sum((x - mean[0]) ** 2 + (y - mean[1]) ** 2 for x, y in honest) / len(honest)
        ratios.append(((1 - mean[0]) ** 2 + mean[1] ** 2) / around)
    assert ratios == sorted(ratios)
    assert 0 < F(N, N - 2 * f) - ratios[-1] < F(1, 10**4)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("N", "f"), [(5, 1), (8, 2), (10, 3), (21, 9)])
def test_no_rule_can_tell_both_scenarios_apart(rule, N, f):
    if f > RULES[rule].max_f(N):
        pytest.skip(f"{rule} is not defined")
    messages = np.concatenate([np.zeros((N - f, 1)), np.ones((f, 1))])
    out = float(RULES[rule](messages, f=f)[0])
    n = N - f
    # If the ones lie nothing deviates; if f zeros lie the honest mean is f/n.
    ratios = [np.inf if out else 0.0, (out - f / n) ** 2 / (f * (n - f) / n**2)]
    assert max(ratios) >= f / (n - f) * (1 - 1e-12)


TOLD_MORE = [(5, 0, 1), (5, 1, 2), (6, 1, 2), (7, 0, 3), (7, 2, 3)]


@pytest.mark.parametrize(("N", "f", "told"), TOLD_MORE)
def test_an_over_estimated_number_costs_what_is_said(N, f, told):
    bound, largest, n = F(told, N - f - told), F(0), N - f
    for honest in itertools.combinations_with_replacement(range(-4, 5), n):
        # Liars are worst far above; the mirrored inputs are enumerated too.
        ordered = sorted([*honest, *[1000] * f])[told : N - told]
        mean = F(sum(honest), n)
        around = sum((value - mean) ** 2 for value in honest) / n
        if around:
            largest = max(largest, (F(sum(ordered), len(ordered)) - mean) ** 2 / around)
    assert largest <= bound
    # The worst input, n − told values at `told` and the others at told − n, is in the grid or not.
    assert largest == bound or n > 4
