"""Implications, inductions, identities and instances refuse every slip of the pen."""

import pytest
import sympy
from sympy import Eq, Ge, Gt, Le, Lt, Rational, sqrt

from theory.proving.instances import (
    Unproved,
    holds,
    ratio,
    require_admitted,
    require_violation,
    value,
)
from theory.proving.proofs import (
    Induction,
    Step,
    identity,
    need,
    recorded,
    tightened,
    violated,
)

a, b, s, q = sympy.symbols("a b s q", real=True)
n, k = sympy.symbols("n k", integer=True, positive=True)
p = sympy.Symbol("p", positive=True)

MEAN = Step(Le(2 * a * b, a**2 + b**2), (), {a: 3, b: 3})


def test_a_step_says_how_near_it_is_to_equality():
    assert MEAN.prove() == "equality at a = 3, b = 3"
    assert Step(Gt(p, 0, evaluate=False), (), {p: 0}).prove() == "approaches equality at p = 0"
    half = Step(Le(a, 2 * a + 1), (Ge(a, 0), Le(a, 3)), loose={a: 3})
    assert half.prove() == "at most 3/7 of what is allowed at a = 3"
    assert Step(Eq(a, b), (Eq(a - b, 0),)).prove() == "an equation"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (Step(Le(3 * a * b, a**2 + b**2), (), {a: 3, b: 3}), "got the counterexample"),
        (Step(Le(2 * a * b, a**2 + b**2), (), {a: 3, b: 2}), "need equality at"),
        (Step(Le(2 * a * b, a**2 + b**2)), "need an equality or a loose instance"),
        (MEAN._replace(loose={a: 3, b: 2}), "got both"),
        (MEAN._replace(equality={a: 0, b: 0}), "need sides that are not zero"),
        (Step(Le(a, b), (Le(a, b), Ge(a, 2)), {a: 1, b: 1}), "need an instance with a >= 2"),
        (Step(Le(a, b), (Lt(a, b),), {a: 1, b: 1}), "need an instance with a < b"),
        (Step(Ge(p, a), (Le(a, 0),), {p: 0, a: 0}), "need an instance with a positive p"),
        (
            Step(Ge(n, 1, evaluate=False), (), {n: Rational(1, 2)}),
            "need an instance with an integer n",
        ),
        (Step(Lt(a, b + 1), (Lt(a, b),), {a: 1, b: 1}), "need equality at"),
        (Step(Gt(p, -1, evaluate=False), (), {p: -1}), "need an instance with a positive p"),
        (Step(Le(a, 2 * a + 1), (Ge(a, 0),), loose={a: -1}), "need an instance with a >= 0"),
        (Step(Le(a, b), (Le(a, b),), {a: 1}), "need a number for b"),
        (Step(Eq(a, b), (Eq(a, b),), {a: 1, b: 1}), "need no instance"),
    ],
)
def test_a_wrong_step_is_refused(wrong, told):
    with pytest.raises(Unproved, match=told):
        wrong.prove()


def test_a_claim_is_tightened_by_a_thousandth():
    require_violation(tightened(MEAN), (), {a: 3, b: 3})
    assert holds(tightened(MEAN), {a: 3, b: 2})
    half = Step(Le(a, 2 * a + 1), (Ge(a, 0), Le(a, 3)), loose={a: 3})
    require_violation(tightened(half), half.given, {a: 3})
    assert holds(tightened(half), {a: 1})
    # Against zero the thousandth is absolute.
    assert not holds(tightened(Step(Ge(p, 0, evaluate=False), (), {p: 0})), {p: Rational(1, 2000)})
    # Of a negative bound, the larger one is the tighter one.
    assert not holds(tightened(Step(Le(a, b))), {a: -10, b: -10})


SQUARES = Induction(
    claim=Le(s**2, n * q),
    start={n: 1, s: a, q: a**2},
    grows={n: n + 1, s: s + a, q: q + a**2},
    equality={n: 3, s: 3, q: 3, a: 1},
)


def test_an_induction_needs_its_start_and_its_step():
    with recorded() as acts:
        assert SQUARES.prove() == "equality at n = 3, s = 3, q = 3, a = 1"
    assert [act.kind for act in acts] == ["start", "implication"]
    for wrong, told in [
        ({"start": {n: 1, s: 2 * a, q: a**2}}, "got the counterexample"),
        ({"grows": {n: n, s: s + a, q: q + a**2}}, "got the counterexample"),
        ({"grows": {n: n + 1, s: s + 2 * a, q: q + a**2}}, "got the counterexample"),
        ({"claim": Le(s**2, q)}, "got the counterexample"),
        ({"claim": Le(s**2, 2 * n * q)}, "need equality at"),
        ({"equality": {n: 3, s: 3, q: 3, a: 2}}, "need equality at"),
    ]:
        with pytest.raises(Unproved, match=told):
            SQUARES._replace(**wrong).prove()


def test_terms_are_added_at_once_and_not_one_after_the_other():
    # The new q must not be put where the old s was.
    swapped = Induction(Eq(s, q), {s: a, q: a}, {s: q + a, q: s + a})
    assert swapped.step().claim == Eq(q + a, s + a)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (a + b, a - b),
        (a * b, b * a + Rational(1, 10**20)),
        ((a + b) ** 2, a**2 + b**2),
        # Equal at the point of primes that is tried first.
        (a * (a - 17), sympy.Integer(0)),
        (sqrt(a**2), a),
        (sqrt(a) * sqrt(b), -sqrt(a * b)),
        (1 / (1 + 1 / p), p / (p - 1)),
        (n, n + 1),
    ],
)
def test_a_false_identity_is_refused(left, right):
    with pytest.raises(Unproved, match="need equal expressions"):
        identity(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((a + b) ** 2, a**2 + 2 * a * b + b**2),
        (1 / (1 + 1 / p), p / (p + 1)),
        (sqrt(p**2), p),
        ((1 - sqrt(p)) * (1 + sqrt(p)), 1 - p),
        (sympy.binomial(n, 1), n),
    ],
)
def test_a_true_identity_is_proved(left, right):
    with recorded() as acts:
        identity(left, right)
    assert [act.kind for act in acts] == ["identity"]


def test_instances_are_checked_and_recorded():
    with recorded() as acts:
        need(met=True, says="two equal numbers", got=2)
        assert violated(3, 2) == "3 > 2"
    assert [act.says for act in acts] == ["two equal numbers", "3 > 2"]
    with pytest.raises(Unproved, match="need two equal numbers, got 3"):
        need(met=False, says="two equal numbers", got=3)
    with pytest.raises(Unproved, match="need two"):
        need(met=Gt(a, 1), says="two", got="an open relation")
    with pytest.raises(Unproved, match="need a violated inequality, got 1 <= 1"):
        violated(1, 1)


def test_nothing_is_recorded_outside_and_blocks_are_apart():
    MEAN.prove()
    with recorded() as outer:
        MEAN.prove()
        with recorded() as inner:
            identity(a, a)
    assert (len(outer), len(inner)) == (1, 1)
    assert outer[0].step == MEAN


def test_what_fails_is_not_recorded():
    with recorded() as acts, pytest.raises(Unproved):
        Step(Le(a, b), (), {a: 1, b: 1}).prove()
    assert acts == []


@pytest.mark.parametrize(
    ("expression", "point", "expected"),
    [
        (a / b, {a: 0, b: 0}, None),
        (a * (1 / b), {a: 0, b: 0}, None),
        (sqrt(a), {a: -1}, None),
        (sqrt(a) * b, {a: -1, b: 0}, None),
        (1 / (sqrt(2) * a - sqrt(8)), {a: 2}, None),
        (sqrt(a), {a: 2}, sqrt(2)),
        ((a + b) / a, {a: 2, b: 1}, Rational(3, 2)),
        (sympy.Min(a, b), {a: 2, b: 1}, 1),
    ],
)
def test_values_are_exact_and_nothing_is_cancelled(expression, point, expected):
    assert value(expression, point) == expected


def test_a_relation_without_a_value_does_not_hold():
    assert not holds(Ge(1 / a, 0), {a: 0})
    assert not holds(Le(1 / a, 0), {a: 0})
    assert holds(Eq(sqrt(a) ** 3, 2 * sqrt(2)), {a: 2})
    assert not holds(Lt(a, sqrt(2)), {a: sqrt(2)})
    assert not holds(Lt(sqrt(2), a), {a: Rational(sympy.N(sqrt(2), 60)) - Rational(1, 10**50)})
    assert holds(Lt(sqrt(2), a), {a: Rational(sympy.N(sqrt(2), 60)) + Rational(1, 10**50)})


@pytest.mark.parametrize(
    ("symbol", "number", "admitted"),
    [
        (p, 0, False),
        (p, Rational(1, 9), True),
        (n, 0, False),
        (n, Rational(3, 2), False),
        (n, 1, True),
        (sympy.Symbol("m", integer=True, nonnegative=True), 0, True),
        (sympy.Symbol("m", integer=True), Rational(1, 2), False),
        (sympy.Symbol("r", nonnegative=True), -1, False),
        (a, -5, True),
    ],
)
def test_instances_keep_what_is_assumed_of_symbols(symbol, number, admitted):
    if admitted:
        require_admitted((), {symbol: number})
    else:
        with pytest.raises(Unproved, match="need an instance with"):
            require_admitted((), {symbol: number})


def test_a_loose_ratio_is_below_one():
    assert ratio(Le(a, 2 * a), {a: 5}) == Rational(1, 2)
    assert ratio(Ge(2 * a, a), {a: 5}) == Rational(1, 2)
    for wrong in ({a: 0}, {a: -1}):
        with pytest.raises(Unproved, match="loose instance"):
            ratio(Le(a, 2 * a), wrong)
