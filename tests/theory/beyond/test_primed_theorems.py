"""Test Theorems 1′ to 3′ with planted faults, on every path of a small run, and elsewhere."""

import itertools
from fractions import Fraction as F

import numpy as np
import pytest
import sympy

from cradl.aggregation import RULES
from theory.beyond import (
    primed_theorems,
    primed_theorems_proofs,
    update_error,
    update_error_proofs,
)
from theory.beyond.primed_theorems import (
    FACTORS,
    Errors,
    Sums,
    factors,
    theorem1,
    theorem2,
    theorem3,
)
from theory.proving.instances import Unproved

CHECKS = {
    "update": primed_theorems_proofs.check_update,
    "root": primed_theorems_proofs.check_theorem1,
    "bias": primed_theorems_proofs.check_theorem2,
    "noise": primed_theorems_proofs.check_theorem2,
    "contraction": primed_theorems_proofs.check_theorem3,
}
OF_STATED = {
    "root": primed_theorems_proofs.check_theorem1,
    "1' start": primed_theorems_proofs.check_theorem1,
    "2'": primed_theorems_proofs.check_theorem2,
    "2' decaying": primed_theorems_proofs.check_theorem2,
    "3' factor": primed_theorems_proofs.check_theorem3,
    "3' added": primed_theorems_proofs.check_theorem3,
    "3' limit": primed_theorems_proofs.check_theorem3,
}
SLIPS = [F(1, 2), F(99, 100), F(101, 100), F(2)]


def scaled(step, factor):
    claim = step.claim
    return step._replace(claim=claim.func(claim.lhs, sympy.Rational(factor) * claim.rhs))


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("factor", SLIPS)
def test_a_slip_of_the_pen_flips_the_proof(name, factor, monkeypatch):
    steps = primed_theorems.STEPS
    monkeypatch.setitem(steps, name, scaled(steps[name], factor))
    with pytest.raises(Unproved):
        CHECKS[name]()


@pytest.mark.parametrize("name", OF_STATED)
@pytest.mark.parametrize("factor", SLIPS)
def test_a_slip_in_a_statement_flips_its_proof(name, factor, monkeypatch):
    stated = primed_theorems.STATED
    monkeypatch.setitem(stated, name, sympy.Rational(factor) * stated[name])
    with pytest.raises(Unproved):
        OF_STATED[name]()


@pytest.mark.parametrize("name", ["1' start", "2'", "2' decaying"])
def test_a_dropped_number_of_devices_flips_the_proof(name, monkeypatch):
    stated = primed_theorems.STATED
    monkeypatch.setitem(stated, name, stated[name].subs(primed_theorems.N, 1))
    with pytest.raises(Unproved):
        OF_STATED[name]()


LOST = [
    (factor, term)
    for factor, expression in FACTORS.items()
    for term in (
        primed_theorems.turn,
        primed_theorems.q_1,
        primed_theorems.q_0,
        primed_theorems.p_1,
    )
    if expression.has(term)
]


@pytest.mark.parametrize(("factor", "term"), LOST)
def test_a_lost_term_flips_the_proof(factor, term, monkeypatch):
    monkeypatch.setitem(FACTORS, factor, FACTORS[factor].subs(term, 0))
    with pytest.raises(Unproved):
        primed_theorems_proofs.check_update()


@pytest.mark.parametrize("name", CHECKS)
def test_no_hypothesis_can_be_dropped(name):
    step = primed_theorems.STEPS[name]
    for dropped in step.given:
        rest = tuple(relation for relation in step.given if relation != dropped)
        with pytest.raises(Unproved):
            step._replace(given=rest).prove()


@pytest.mark.parametrize("factor", SLIPS)
@pytest.mark.parametrize("name", ["rule", "sampling"])
def test_another_factor_is_refused(name, factor, monkeypatch):
    monkeypatch.setitem(
        update_error.STATED, name, sympy.Rational(factor) * update_error.STATED[name]
    )
    with pytest.raises(Unproved):
        update_error_proofs.check_sampling()


@pytest.mark.parametrize("factor", SLIPS)
def test_minkowski_with_another_factor_is_refused(factor, monkeypatch):
    monkeypatch.setitem(update_error.STEPS, "sum", scaled(update_error.STEPS["sum"], factor))
    for check in (
        update_error_proofs.check_errors,
        update_error_proofs.check_allocation,
        update_error_proofs.check_least_squares,
    ):
        with pytest.raises(Unproved):
            check()


def test_errors_of_an_update_worked_out_by_hand():
    # N = 5, alpha = 1/5: tau = alpha/((1 - alpha)(N - 1)) = 1/16.
    tau, kappa, v_0, v_1 = 1 / 16, 0.6, 2.0, 3.0
    rule, sampling = np.sqrt(kappa * (1 - tau)), np.sqrt(tau)
    errors = update_error.errors(N=5, alpha=0.2, kappa=kappa, v_0=v_0, v_1=v_1)
    np.testing.assert_allclose(errors[0], rule * v_0, rtol=1e-14)
    np.testing.assert_allclose(errors[1], (rule + sampling) * v_0, rtol=1e-14)
    np.testing.assert_allclose(errors[2], rule * v_1, rtol=1e-14)
    np.testing.assert_allclose(errors[3], (rule + sampling) * v_1, rtol=1e-14)
    # C = 3 times the largest deviation, and the root of tau times the spread.
    spread = {"m_0": 7.0, "m_1": 11.0, "v_0": v_0, "v_1": v_1}
    errors = update_error.errors_of_any_rule(N=5, alpha=0.2, c_alpha_squared=9.0, **spread)
    np.testing.assert_allclose(errors[0], 3 * 7, rtol=1e-14)
    np.testing.assert_allclose(errors[1], 3 * 7 + v_0 / 4, rtol=1e-14)
    np.testing.assert_allclose(errors[2], 3 * 11, rtol=1e-14)
    np.testing.assert_allclose(errors[3], 3 * 11 + v_1 / 4, rtol=1e-14)


def test_the_root_is_that_of_the_quadratic():
    errors = Errors(p_0=0.3, q_0=0.5, p_1=0.1, q_1=0.2)
    run = {"N": 7, "L": 3.0, "gamma": 3.1, "F_0": 11.0, "F_star": 2.0, "T": 9}
    h = 3.1 * 3.0 / 7
    a = 1 - h / 2 - abs(1 - h) * 0.1 - h / 2 * 0.04
    c = abs(1 - h) * 0.3 + h * 0.1
    e = h / 2 * 0.25 + 9.0 / (3.1 * 7 * 10)
    largest = np.roots([a, -c, -e]).max()
    assert theorem1(errors, **run) == pytest.approx(49 * largest**2, rel=1e-12)
    assert factors(errors, rate=h) == pytest.approx((a, c, h / 2 * 0.25), rel=1e-12)


def test_decaying_rates_sum_to_less_than_the_closed_form():
    N, L, F_0, p_0, q_0 = 5, 2.0, 3.0, 0.4, 0.7
    first, T = 0.9 * N / L, 400
    gamma = first / np.sqrt(np.arange(T + 1) + 1)
    h = gamma * L / N
    sums = Sums(
        gamma.sum(), (gamma * h).sum(), p_0**2 * (gamma * (1 - h)).sum(), q_0**2 * (gamma * h).sum()
    )
    in_sums = theorem2(sums, N=N, F_0=F_0, F_star=0.0, rate=0.9)
    closed = primed_theorems.STATED["2' decaying"]
    symbols = {symbol.name: symbol for symbol in closed.free_symbols}
    numbers = {"N": N, "L": L, "F_0": F_0, "F_star": 0, "p_0": p_0, "q_0": q_0, "T": T}
    numbers["gamma_0"] = first
    value = float(closed.subs({symbols[name]: number for name, number in numbers.items()}))
    assert (N * p_0) ** 2 < in_sums <= value < 1.5 * in_sums


def test_repeated_updates_tend_to_the_limit():
    limit = primed_theorems.STATED["3' limit"]
    symbols = {symbol.name: symbol for symbol in limit.free_symbols}
    numbers = {"N": 4, "mu": 0.5, "A": 0.7, "C": 0.3, "E": 0.2}
    gap = 100.0
    for _ in range(400):
        gap = theorem3(gamma=1.0, gap=gap, **numbers)
    value = float(limit.subs({symbols[name]: number for name, number in numbers.items()}))
    assert gap == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gamma": 5.0}, r"need A = .* > 0, got h=2.5"),
        ({"q_0": -1.0}, "need q_0 >= 0, got q_0=-1.0"),
        ({"p_1": 3.0}, r"need A = .* > 0"),
        ({"p_0": np.inf}, "need a finite p_0"),
    ],
)
def test_numbers_without_a_bound_are_refused(change, message):
    given = {"N": 4, "L": 2.0, "gamma": 1.0, "F_0": 1.0, "F_star": 0.0, "T": 3}
    errors = {"p_0": 0.0, "q_0": 0.0} | {k: v for k, v in change.items() if k not in given}
    with pytest.raises(ValueError, match=message):
        theorem1(Errors(**errors), **given | {k: v for k, v in change.items() if k in given})


def test_rates_above_what_theorem_2_allows_are_refused():
    sums = Sums(1.0, 1.0, 0.0, 0.0)
    with pytest.raises(ValueError, match=r"need h <= 1, got h=1\.5"):
        theorem2(sums, N=4, F_0=1.0, F_star=0.0, rate=1.5)
    with pytest.raises(ValueError, match="need 1 - p_1 > h"):
        theorem2(sums, N=4, F_0=1.0, F_star=0.0, rate=1.0, p_1=0.6, q_1=0.7)


# Four quadratics (x − place)² size/2 in the plane on five devices; at least two hold each subset.
PLACES = np.array([[0.0, 1.0], [2.0, -1.0], [-1.0, 3.0], [1.5, 0.5]])
SIZES = {"equal": np.ones(4), "unequal": np.array([1.0, 0.5, 1.5, 1.2])}
COVERING = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 1], [1, 1, 1, 0]])
REGULAR = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 1]])


def every_path(S, sizes, *, rate, steps, push):
    """Run the trimmed mean with f = 1 through every sequence of identities, all equally likely.

    Returns the expected ‖∇F‖² and F − F* at every iterate, and V there.
    """
    N = len(S)
    weights = S / S.sum(axis=0)
    gamma = rate * N / sizes.sum()
    best = (sizes[:, None] * PLACES).sum(axis=0) / sizes.sum()
    points = [np.array([4.0, -3.0])]
    squares, gaps, spreads = [], [], []
    for _ in range(steps):
        gradients = [sizes[:, None] * (x - PLACES) for x in points]
        total = [of_path.sum(axis=0) for of_path in gradients]
        coded = [weights @ of_path for of_path in gradients]
        squares.append(np.mean([gradient @ gradient for gradient in total]))
        gaps.append(np.mean([sizes.sum() / 2 * ((x - best) ** 2).sum() for x in points]))
        deviations = [((g - t / N) ** 2).sum() / N for g, t in zip(coded, total, strict=True)]
        spreads.append(np.mean(deviations))
        after = []
        for x, messages, towards in zip(points, coded, total, strict=True):
            for byzantine in range(N):
                sent = messages.copy()
                sent[byzantine] = -push * towards
                after.append(x - gamma * RULES["trimmed_mean"](sent, f=1))
        points = after
    return np.array(squares), np.array(gaps), np.array(spreads), gamma


@pytest.mark.parametrize("rate", [0.3, 1.0, 1.4])
@pytest.mark.parametrize("push", [0.0, 2.0, 100.0])
@pytest.mark.parametrize(
    ("S", "sizes"), [(REGULAR, "equal"), (REGULAR, "unequal"), (COVERING, "unequal")]
)
def test_every_path_of_a_run_is_below_the_bounds(rate, push, S, sizes):
    sizes, steps = SIZES[sizes], 4
    squares, gaps, spreads, gamma = every_path(S, sizes, rate=rate, steps=steps, push=push)
    N, L = len(S), sizes.sum()
    # The constant of the trimmed mean of N devices with f = 1: f/(N − 2f).
    kappa, alpha = 1 / (N - 2), F(1, N)
    run = {"N": N, "F_0": gaps[0], "F_star": 0.0}
    averages = np.cumsum(spreads) / np.arange(1, steps + 1)
    errors = update_error.errors(N=N, alpha=alpha, kappa=kappa, v_0=np.sqrt(averages))
    bound = theorem1(errors, L=L, gamma=gamma, T=np.arange(steps), **run)
    assert (np.cumsum(squares) / np.arange(1, steps + 1) <= bound).all()
    of_iterates = update_error.errors(N=N, alpha=alpha, kappa=kappa, v_0=np.sqrt(spreads))
    a, c, e = factors(of_iterates, rate=rate)
    gap = gaps[0]
    for t in range(steps - 1):
        gap = theorem3(N=N, gamma=gamma, mu=L, A=a, C=c[t], E=e[t], gap=gap)
        assert gaps[t + 1] <= gap
    if rate <= 1:
        shares = (gamma, gamma * rate)
        weights = (gamma * (1 - rate) * of_iterates.p_0**2, gamma * rate * of_iterates.q_0**2)
        sums = Sums(*(steps * share for share in shares), *(weight.sum() for weight in weights))
        assert squares.min() <= theorem2(sums, rate=rate, **run)


def test_the_bias_of_one_update_is_within_its_bound():
    rng = np.random.default_rng(3)
    for _ in range(50):
        messages = rng.normal(size=(6, 3))
        messages -= messages.mean(axis=0)
        truth = rng.normal(size=3)
        spread_sq = (messages**2).sum() / 6
        updates = []
        for byzantine in itertools.combinations(range(6), 2):
            sent = messages + truth
            sent[list(byzantine)] = rng.normal(size=(2, 3)) * 10
            updates.append(RULES["trimmed_mean"](sent, f=2))
        bounds = update_error.errors(N=6, alpha=F(1, 3), kappa=1, v_0=np.sqrt(spread_sq))
        errors = np.array(updates) - truth
        assert np.linalg.norm(errors.mean(axis=0)) <= bounds.p_0
        assert (errors**2).sum(axis=1).mean() <= bounds.q_0**2
