"""The prover proves what is true, and nothing else: every false claim must fail."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, And, Eq, Ge, Gt, Le, Lt, Max, Min, Ne, Or, Rational, sqrt

from theory.proving import solvers
from theory.proving.deciding import Questions, counterexample, implied
from theory.proving.instances import Unproved, holds
from theory.proving.solvers import Answer, by_cvc5, by_z3

x, y, z = sympy.symbols("x y z", real=True)
plain = sympy.Symbol("plain")
positive = sympy.Symbol("positive", positive=True)
nonnegative = sympy.Symbol("nonnegative", nonnegative=True)
integer = sympy.Symbol("integer", integer=True)
count = sympy.Symbol("count", integer=True, positive=True)
size = sympy.Symbol("size", integer=True, nonnegative=True)

TRUE = [
    (Le(2 * x * y, x**2 + y**2), ()),
    (Ge(x, 1), (Gt(x, 2),)),
    (Le(x, z), (Le(x, y), Le(y, z))),
    (Eq(x, 3), (Eq(2 * x, 6),)),
    (Ne(x, 0), (Gt(x * y, 1),)),
    (Or(Ge(x, 1), Le(x, 2)), ()),
    (And(Ge(x, 1), Ge(y, 1)), (Ge(x, 1), Ge(y - x, 0))),
    # What sympy assumes of a symbol.
    (Gt(positive, 0), ()),
    (Ge(nonnegative, 0), ()),
    (Ge(count, 1), ()),
    (Ge(size, 0), ()),
    # Denominators that the hypotheses keep from zero.
    (Gt(1 / x, 0), (Gt(x, 0),)),
    (Eq((x**2 - y**2) / (x - y), x + y), (Gt(x, y),)),
    (Le(1 / count, 1), ()),
    # Roots.
    (Ge(sqrt(x), 0), (Ge(x, 0),)),
    (Ge(sqrt(x) * sqrt(x + 1), x), (Ge(x, 0),)),
    (Le(sqrt(x * y), (x + y) / 2), (Ge(x, 0), Ge(y, 0))),
    (Eq(sqrt(x**2, evaluate=False), Abs(x)), ()),
    (Lt(sqrt(2), Rational(3, 2)), ()),
    (Gt(1 / sqrt(positive), 0), ()),
    (Ge(x ** Rational(3, 2), x), (Ge(x, 1),)),
    (Ge(sqrt(1 + sqrt(x)), 1), (Ge(x, 0),)),
    # Absolute values, minima and maxima.
    (Ge(Abs(x), x), ()),
    (Le(Min(x, y, z), y), ()),
    (Ge(Max(x, y), x), ()),
    (Eq(Min(x, y) + Max(x, y), x + y), ()),
]

FALSE = [
    (Le(2 * x * y, (x**2 + y**2) * Rational(999, 1000)), ()),
    (Ge(x, 1), (Gt(x, Rational(9, 10)),)),
    (Lt(x, z), (Le(x, y), Le(y, z))),
    (Ge(x**2, x), ()),
    (Eq(x, y), (Eq(x**2, y**2),)),
    (Ne(x, 0), (Ge(x * y, 0),)),
    (And(Ge(x, 1), Ge(y, 1)), (Ge(x, 1), Ge(y, 0))),
    (Or(Gt(x, 0), Lt(x, 0)), ()),
    # Nothing more than what sympy assumes: no least positive number, no largest of any kind.
    (Ge(positive, Rational(1, 10**6)), ()),
    (Gt(nonnegative, 0), ()),
    (Ge(count, 2), ()),
    (Ge(count, 3), ()),
    (Ge(size, 1), ()),
    (Le(count, 10**6), ()),
    (Le(positive, 10**6), ()),
    (Ge(x, -1000), ()),
    (Ge(x, -(10**9)), ()),
    (Ge(plain, 0), ()),
    (Le(x * y, 10**9), (Ge(x, 0), Ge(y, 0))),
    # The reals lie between the integers.
    (Ge(integer**2, integer), ()),
    (Ge(count**2, 3 * count - 2), ()),
    # Roots may be large, and are not negative.
    (Le(sqrt(x), 100), (Ge(x, 0),)),
    (Le(sqrt(positive), 10**6), ()),
    (Eq(sqrt(x**2, evaluate=False), x), ()),
    (Ge(sqrt(x), x), (Ge(x, 0),)),
    (Lt(sqrt(x), 0), (Ge(x, 0),)),
    (Lt(Rational(3, 2), sqrt(2)), ()),
    (Ge(sqrt(positive), Rational(1, 10**3)), ()),
    (Ge(Abs(x), x + Rational(1, 10**6)), ()),
    (Le(Max(x, y), x), ()),
    (Ge(Min(x, y, z), y), ()),
]

VALUELESS = [
    # A denominator that may be zero.
    (Gt(1 / x, 0), (Ge(x, 0),)),
    (Gt(1 / nonnegative, 0), ()),
    (Eq((x**2 - y**2) / (x - y), x + y), ()),
    (Or(Ge(x, 0), Lt(1 / x, 0)), ()),
    (Le(x / size, x / size + 1), ()),
    # A radicand that may be negative says nothing about its symbols.
    (Or(Ge(x, 5), Lt(sqrt(x - 5), 0)), ()),
    (Ge(x, 5), (Ge(sqrt(x - 5), 0),)),
    (Ge(sqrt(x), 0), ()),
    (Ge(sqrt(x) * sqrt(x + 1), x), ()),
    (Ge(x, 0), (Eq(y, sqrt(x)),)),
    (Ge(sqrt(sqrt(x) - 1), 0), (Ge(x, 0),)),
    (Gt(1 / sqrt(x), 0), (Ge(x, 0),)),
]


def named(cases):
    return pytest.mark.parametrize(("claim", "hypotheses"), cases, ids=lambda part: str(part))


@named(TRUE)
def test_what_is_true_is_proved(claim, hypotheses):
    instance = implied(claim, hypotheses)
    assert all(holds(relation, instance) for relation in hypotheses)
    with pytest.raises(Unproved, match="need a counterexample"):
        counterexample(claim, hypotheses)


@named(FALSE)
def test_what_is_false_has_an_exact_counterexample(claim, hypotheses):
    with pytest.raises(Unproved, match="got the counterexample"):
        implied(claim, hypotheses)
    instance = counterexample(claim, hypotheses)
    assert all(holds(relation, instance) for relation in hypotheses)
    assert not holds(claim, instance)


@named(VALUELESS)
def test_what_may_have_no_value_is_not_proved(claim, hypotheses):
    with pytest.raises(Unproved, match=r"need .* (!=|>=) 0, which the hypotheses do not imply"):
        implied(claim, hypotheses)


@pytest.mark.parametrize(
    "contradictory",
    [
        (Ge(x, 1), Le(x, 0)),
        (Lt(x**2, 0),),
        (Lt(count, 1),),
        (Lt(nonnegative, 0),),
        (Eq(positive, 0),),
        (Eq(sqrt(positive), -1),),
        (Gt(x, y), Gt(y, z), Gt(z, x)),
        (Eq(x * (1 / x), 2, evaluate=False), Gt(x, 0), Lt(x, 0)),
        (sympy.false,),
        # The hypothesis has a value nowhere.
        (Gt(sqrt(-1 - plain**2), -1),),
    ],
    ids=str,
)
def test_contradictory_hypotheses_prove_nothing(contradictory):
    with pytest.raises(Unproved, match="need hypotheses that can be met"):
        implied(Le(y, y + 1, evaluate=False), contradictory)


def test_symbols_of_one_name_are_different():
    other = sympy.Symbol("x", positive=True)
    with pytest.raises(Unproved, match="got the counterexample"):
        implied(Gt(x, 0), [Gt(other, 1)])
    with pytest.raises(Unproved, match="got the counterexample"):
        implied(Eq(x, other), [])


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        (sympy.log(x) <= x, "need sums, products and square roots"),
        (x ** Rational(1, 3) <= x, "need sums, products and square roots"),
        (2**x >= x, "need sums, products and square roots"),
        (sympy.pi >= 3 * x, "need sums, products and square roots"),
        (Eq(sympy.Symbol("w", imaginary=True), plain), "need a real symbol"),
        (x + y, "need a relation"),
    ],
)
def test_what_cannot_be_translated_is_refused(claim, told):
    with pytest.raises(TypeError, match=told):
        implied(claim, [])


def test_a_solver_that_gives_up_proves_nothing():
    with pytest.raises(Unproved, match="need a decision of the solver, got too hard"):
        implied(Le(x, x + 1, evaluate=False), [], lambda _: Answer(None, "too hard"))
    with pytest.raises(Unproved, match=r"got no decision \(too hard\)"):
        counterexample(Le(x, y), [], lambda _: Answer(None, "too hard"))


def test_a_wrong_counterexample_of_a_solver_is_refused():
    lies = Answer(met=True, model={"v0": sympy.Integer(0), "v1": sympy.Integer(0)})
    with pytest.raises(Unproved, match="need a violation"):
        counterexample(Le(x, y), [], lambda _: lies)


def test_solvers_stop_in_time(monkeypatch):
    monkeypatch.setattr(solvers, "MILLISECONDS", 1)
    a = sympy.symbols("a_:12", real=True)
    hard = Eq(sum(a[i] ** 3 * a[i - 1] for i in range(12)), sum(a) ** 5 + 1)
    questions = Questions.of(hard, [Gt(part**3 - part, 1) for part in a])
    assert by_z3(questions.violated).met is not False


@pytest.mark.parametrize("solver", [by_z3, by_cvc5])
@named(TRUE)
def test_both_solvers_prove_it(claim, hypotheses, solver):
    questions = Questions.of(claim, hypotheses)
    scripts = [*questions.conditions.values(), questions.violated]
    assert {solver(script).met for script in scripts} <= {False, None}


@pytest.mark.parametrize("solver", [by_z3, by_cvc5])
@named([*FALSE, *VALUELESS])
def test_neither_solver_proves_it(claim, hypotheses, solver):
    questions = Questions.of(claim, hypotheses)
    scripts = [*questions.conditions.values(), questions.violated]
    assert {solver(script).met for script in scripts} & {True, None}


numbers = st.fractions(min_value=-4, max_value=4, max_denominator=4).map(
    lambda number: Rational(number.numerator, number.denominator)
)
atoms = st.sampled_from([x, y, positive, nonnegative, count]) | numbers


def grown(parts):
    pairs = st.tuples(parts, parts)
    return (
        pairs.map(sum)
        | pairs.map(lambda pair: pair[0] * pair[1])
        | pairs.map(lambda pair: Min(*pair))
        | parts.map(Abs)
        | parts.map(lambda part: sqrt(part**2 + 1))
        | parts.map(lambda part: 1 / (part**2 + 1))
    )


expressions = st.recursive(atoms, grown, max_leaves=4)
relations = st.builds(
    lambda kind, left, right: kind(left, right),
    st.sampled_from([Lt, Le, Gt, Ge, Eq]),
    expressions,
    expressions,
)
points = st.fixed_dictionaries(
    {
        x: numbers,
        y: numbers,
        positive: numbers.map(lambda number: abs(number) + Rational(1, 7)),
        nonnegative: numbers.map(abs),
        count: st.integers(1, 5).map(sympy.Integer),
    }
)


@settings(max_examples=80, deadline=None)
@given(relations, st.lists(relations, max_size=2), st.lists(points, min_size=5, max_size=5))
def test_random_verdicts_agree_with_exact_evaluation(claim, hypotheses, tried):
    try:
        implied(claim, hypotheses)
    except Unproved as reason:
        if "counterexample" in str(reason):
            assert not holds(claim, counterexample(claim, hypotheses))
        return
    for point in tried:
        if all(holds(relation, point) for relation in hypotheses):
            assert holds(claim, point), point


def test_fractions_are_exact():
    tiny = Fraction(1, 10**30)
    with pytest.raises(Unproved, match="got the counterexample"):
        implied(Le(x, 1), [Le(x, 1 + Rational(tiny.numerator, tiny.denominator))])
