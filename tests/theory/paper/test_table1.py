"""Test Definition 1 and Table I against hand calculation from the printed LaTeX."""

import csv
import io
import re
import statistics
from fractions import Fraction as F

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy.parsing.sympy_parser import implicit_multiplication, parse_expr, standard_transformations

from theory.paper import table1_proofs
from theory.paper.table1 import (
    TABLE_I,
    c_alpha_squared,
    definition1,
    table1,
    table1_csv,
)
from theory.proving.statement import rows_of
from theory.proving.symbols import D, N, alpha, latex

# Calculated by hand from the printed table, row by row: (rule, N, f, D) -> C_alpha^2.
BY_HAND = {
    # 1/(2 (4/5)^2) = 25/32, times the smaller of 4 (10 - 2) = 32 and D
    ("median", 10, 2, 3): F(75, 32),
    ("median", 10, 2, 31): F(775, 32),
    ("median", 10, 2, 32): F(25),
    ("median", 10, 2, 33): F(25),
    ("median", 10, 2, 10**6): F(25),
    ("median", 100, 20, 100): F(625, 8),
    ("median", 9, 4, 2): F(81, 25),
    # 2 (1/5)(4/5) / (3/5)^2, 2 (2/5)(3/5) / (1/5)^2, 2 (4/9)(5/9) / (1/9)^2
    ("trimmed_mean", 10, 2, 3): F(8, 9),
    ("trimmed_mean", 100, 40, 100): F(12),
    ("trimmed_mean", 9, 4, 2): F(40),
    # (2 (4/5) / (3/5))^2, (2 (3/5) / (1/5))^2, (2 (5/9) / (1/9))^2
    ("geometric_median", 10, 2, 3): F(64, 9),
    ("geometric_median", 100, 40, 100): F(36),
    ("geometric_median", 9, 4, 2): F(100),
    # (1 - alpha)/(1 - 2 alpha) = 4 and 9/4 have rational roots
    ("krum", 7, 3, 5): F(18),
    ("krum", 14, 5, 1): F(25, 2),
    # 4 plus six times the trimmed mean's
    ("phocas", 10, 2, 3): F(28, 3),
    ("phocas", 100, 40, 100): F(76),
    ("phocas", 9, 4, 2): F(244),
    # 4 (2/8 + (9/8)(2/4)), 4 (20/80 + (81/80)(20/40)), 4 (1/3 + (4/3)(1/1)), 4 (33/67 + 68/67 33)
    ("faba", 10, 2, 3): F(13, 4),
    ("faba", 100, 20, 100): F(121, 40),
    ("faba", 4, 1, 1): F(20, 3),
    ("faba", 100, 33, 7): F(9108, 67),
    # No Byzantine device.
    ("median", 10, 0, 3): F(3, 2),
    ("median", 10, 0, 50): F(20),
    ("trimmed_mean", 10, 0, 3): F(0),
    ("geometric_median", 10, 0, 3): F(4),
    ("krum", 10, 0, 3): F(8),
    ("phocas", 10, 0, 3): F(4),
    ("faba", 10, 0, 3): F(0),
    ("median", 1, 0, 1): F(1, 2),
    ("faba", 1, 0, 1): F(0),
}

# The printed right-hand sides in mpmath, not simplified.
PRINTED = {
    "median": lambda n, a, d: (
        1 / (2 * (1 - a) ** 2) * min(2 * mpmath.sqrt(n - n * a), mpmath.sqrt(d)) ** 2
    ),
    "trimmed_mean": lambda n, a, d: 2 * a * (1 - a) / (1 - 2 * a) ** 2,
    "geometric_median": lambda n, a, d: (2 * (1 - a) / (1 - 2 * a)) ** 2,
    "krum": lambda n, a, d: 2 * (1 + mpmath.sqrt((1 - a) / (1 - 2 * a))) ** 2,
    "phocas": lambda n, a, d: 4 + 12 * a * (1 - a) / (1 - 2 * a) ** 2,
    "faba": lambda n, a, d: (
        4 * (n * a / (n - n * a) + (n + 1 - n * a) / (n - n * a) * (n * a) / (n - 3 * n * a))
    ),
}

# One slip each; every slip must disagree with a number calculated by hand.
FAULTS = [
    ("median", sympy.Min(4 * (N - N * alpha), D) / (2 * (1 - 2 * alpha) ** 2)),
    ("median", sympy.Max(4 * (N - N * alpha), D) / (2 * (1 - alpha) ** 2)),
    ("median", sympy.Min(2 * (N - N * alpha), D) / (2 * (1 - alpha) ** 2)),
    ("median", sympy.Min(4 * N, D) / (2 * (1 - alpha) ** 2)),
    ("median", D / (2 * (1 - alpha) ** 2)),
    ("median", sympy.Min(4 * (N - N * alpha), D) / (1 - alpha) ** 2),
    ("trimmed_mean", alpha * (1 - alpha) / (1 - 2 * alpha) ** 2),
    ("trimmed_mean", 2 * alpha * (1 - alpha) / (1 - 2 * alpha)),
    ("trimmed_mean", 2 * alpha * (1 + alpha) / (1 - 2 * alpha) ** 2),
    ("geometric_median", 2 * (1 - alpha) / (1 - 2 * alpha)),
    ("geometric_median", 2 * ((1 - alpha) / (1 - 2 * alpha)) ** 2),
    ("krum", 2 + 2 * (1 - alpha) / (1 - 2 * alpha)),
    ("krum", (1 + sympy.sqrt((1 - alpha) / (1 - 2 * alpha))) ** 2),
    ("krum", 2 * (1 + (1 - alpha) / (1 - 2 * alpha)) ** 2),
    ("phocas", 12 * alpha * (1 - alpha) / (1 - 2 * alpha) ** 2),
    ("phocas", 4 + 2 * alpha * (1 - alpha) / (1 - 2 * alpha) ** 2),
    ("faba", 4 * alpha / (1 - alpha) * (1 + (1 - alpha) / (1 - 3 * alpha))),
    ("faba", 4 * alpha / (1 - alpha) * (1 + (N - 1 - N * alpha) / (N - 3 * N * alpha))),
    ("faba", 4 * alpha / (1 - alpha) * (1 + (N + 1 - N * alpha) / (N - 2 * N * alpha))),
]

SETTINGS = [(100, 20, 100), (100, 3, 100), (10, 4, 3), (7, 3, 10**6), (10, 0, 3)]


def test_table_one_has_the_printed_rows_in_the_printed_order():
    printed = "Coordinate-wise median, Trimmed mean, Geometric median, Krum, Phocas, FABA"
    assert ", ".join(row.printed for row in TABLE_I.values()) == printed
    assert {rule for rule, *_ in BY_HAND} == set(TABLE_I) == {rule for rule, _ in FAULTS}


@pytest.mark.parametrize(("case", "expected"), BY_HAND.items(), ids=str)
def test_constant_equals_the_fraction_worked_out_by_hand(case, expected):
    rule, devices, byzantine, dimension = case
    value = c_alpha_squared(rule, N=devices, f=byzantine, D=dimension)
    assert value.is_Rational
    assert F(int(value.p), int(value.q)) == expected


@pytest.mark.parametrize(("rule", "wrong"), FAULTS, ids=str)
def test_a_slip_of_the_pen_disagrees_with_the_hand_calculation(rule, wrong, monkeypatch):
    cases = [case for case in BY_HAND if case[0] == rule]
    expected = [sympy.Rational(BY_HAND[case]) for case in cases]
    assert [c_alpha_squared(rule, N=n, f=f, D=d) for _, n, f, d in cases] == expected
    monkeypatch.setitem(TABLE_I, rule, TABLE_I[rule]._replace(c_alpha_squared=wrong))
    assert [c_alpha_squared(rule, N=n, f=f, D=d) for _, n, f, d in cases] != expected


@pytest.mark.parametrize(("devices", "byzantine"), [(10, 2), (100, 40), (101, 50), (3, 1)])
def test_krum_is_the_exact_surd(devices, byzantine):
    # 2 (1 + sqrt q)^2 = 2 + 2q + 4 sqrt q, so removing the rational part and squaring gives 16 q.
    ratio = sympy.Rational(devices - byzantine, devices - 2 * byzantine)
    surd = c_alpha_squared("krum", N=devices, f=byzantine, D=4) - 2 - 2 * ratio
    assert sympy.expand(surd**2) == 16 * ratio
    assert surd > 0


@pytest.mark.parametrize("rule", TABLE_I)
@pytest.mark.parametrize("setting", [(100, 20, 100), (97, 31, 3), (31, 10, 124), (5, 1, 1)])
def test_constant_equals_mpmath_at_fifty_digits(rule, setting):
    devices, byzantine, dimension = setting
    value = sympy.N(c_alpha_squared(rule, N=devices, f=byzantine, D=dimension), 55)
    with mpmath.workdps(60):
        n, d = mpmath.mpf(devices), mpmath.mpf(dimension)
        expected = PRINTED[rule](n, mpmath.mpf(byzantine) / n, d)
        assert mpmath.almosteq(mpmath.mpf(str(value)), expected, rel_eps=mpmath.mpf(10) ** -50)


@pytest.mark.parametrize("rule", ["trimmed_mean", "geometric_median", "krum", "phocas"])
def test_four_rows_depend_on_alpha_alone(rule):
    assert TABLE_I[rule].c_alpha_squared.free_symbols == {alpha}


def test_numpy_integers_are_integers():
    counts = {"N": np.int64(10), "f": np.int32(2), "D": np.uint8(3)}
    assert c_alpha_squared("median", **counts) == sympy.Rational(75, 32)
    assert type(table1([tuple(counts.values())])[0].N) is int


@pytest.mark.parametrize(
    ("rule", "counts", "message"),
    [
        ("mean", (10, 2, 3), "need one of median, trimmed_mean, geometric_median, .*, got 'mean'"),
        ("median", (0, 0, 1), "need N >= 1, got 0"),
        ("median", (10, 2, 0), "need D >= 1, got 0"),
        ("median", (10, -1, 3), "need 0 <= f < N, got f=-1, N=10"),
        ("median", (10, 10, 3), "need 0 <= f < N, got f=10, N=10"),
        ("median", (True, 0, 1), "need an integer N, got True"),
        ("median", (10, False, 1), "need an integer f, got False"),
        ("median", (10, 2.0, 3), "need an integer f, got 2.0"),
        ("median", (10, 2, "3"), "need an integer D, got '3'"),
        *[(rule, (10, 5, 3), "need alpha < 1/2, got 1/2") for rule in TABLE_I if rule != "faba"],
        ("krum", (10, 6, 3), "need alpha < 1/2, got 3/5"),
        ("faba", (3, 1, 3), "need alpha < 1/3, got 1/3"),
        ("faba", (10, 4, 3), "need alpha < 1/3, got 2/5"),
    ],
)
def test_constant_refuses(rule, counts, message):
    devices, byzantine, dimension = counts
    with pytest.raises(ValueError, match=f"^{message}$"):
        c_alpha_squared(rule, N=devices, f=byzantine, D=dimension)


def test_faba_formula_is_negative_where_it_is_refused():
    # 4 (4/6 + (7/6)(4/(10 - 12))) = 4 (2/3 - 7/3)
    value = TABLE_I["faba"].c_alpha_squared.subs({N: 10, alpha: sympy.Rational(2, 5)})
    assert value == sympy.Rational(-20, 3)


@pytest.mark.parametrize(
    ("honest", "aggregate", "expected"),
    [
        ([[-1], [-1], [1], [1]], [1], (1, 1)),
        # mean (1, 1); squared distances 2, 5, 5
        ([[0, 0], [3, 0], [0, 3]], [F(1, 2), 2], (F(5, 4), 5)),
        # mean 1/4; squared distances 1/16, 1/144, 1/36: the largest is 1/16
        ([[0], [F(1, 3)], [sympy.Rational(5, 12)]], [F(1, 3)], (F(1, 144), F(1, 16))),
        ([[7, -2, 1]], [7, -2, 2], (1, 0)),
        # Squares beyond 64 bits.
        ([[np.int64(2**62)], [np.int64(-(2**62))]], [np.int64(0)], (0, 2**124)),
        (np.array([[2**62], [-(2**62)]]), np.array([0]), (0, 2**124)),
        # The mean is 0; the first message is at distance 3, the average distance is smaller.
        ([[3], [-1], [-1], [-1]], [-1], (1, 9)),
    ],
)
def test_definition_one_on_examples_worked_out_by_hand(honest, aggregate, expected):
    pair = definition1(honest, aggregate)
    assert tuple(F(int(x.p), int(x.q)) for x in pair) == expected
    floats = [np.array(x, dtype=object).astype(float) for x in (honest, aggregate)]
    assert definition1(*floats) == pytest.approx([float(x) for x in expected], rel=1e-14)


def test_printed_median_constant_is_exceeded_by_a_median():
    honest, byzantine = [-1, -1, 1, 1], [2]
    median = statistics.median(honest + byzantine)
    error, varsigma = definition1([[z] for z in honest], [median])
    constant = c_alpha_squared("median", N=5, f=1, D=1)
    assert (error, varsigma, constant) == (1, 1, sympy.Rational(25, 32))
    assert error > constant * varsigma


RATIONALS = st.fractions(-100, 100, max_denominator=50)
VECTORS = st.tuples(RATIONALS, RATIONALS)


@given(st.lists(VECTORS, min_size=1, max_size=6), VECTORS, VECTORS, RATIONALS)
def test_definition_one_ignores_translation_and_squares_scale(honest, aggregate, shift, scale):
    def move(z):
        return [scale * x + y for x, y in zip(z, shift, strict=True)]

    error, varsigma = definition1(honest, aggregate)
    moved = definition1([move(z) for z in honest], move(aggregate))
    factor = sympy.Rational(scale) ** 2
    assert moved == (factor * error, factor * varsigma)


@pytest.mark.parametrize(
    ("honest", "aggregate", "message"),
    [
        ([1, 2], [1], r"need honest of shape \(N1, D\) .*, got shape \(2,\)"),
        ([[1, 2], [3]], [1, 2], r"need honest of shape \(N1, D\) .*, got shape \(2,\)"),
        (np.zeros((0, 3)), np.zeros(3), r"need honest .* N1 >= 1 .*, got shape \(0, 3\)"),
        (np.zeros((3, 0)), np.zeros(0), r"need honest .* D >= 1, got shape \(3, 0\)"),
        ([[1, 2]], [1], r"need aggregate of shape \(2,\), got shape \(1,\)"),
        (np.zeros((2, 3)), np.zeros((1, 3)), r"need aggregate of shape \(3,\), got .*\(1, 3\)"),
        ([[0.5]], [1], "need rational entries .* in honest, got 0.5 of type float"),
        ([[1]], [True], "need rational entries .* in aggregate, got True of type bool"),
        ([[sympy.sqrt(2)]], [1], r"need rational entries .*, got sqrt\(2\) of type Pow"),
        (np.array([[np.nan]]), np.zeros(1), "need finite entries in honest, got inf or nan"),
        (np.zeros((1, 1)), [0], "need .* of one kind, got floating-point and rational"),
    ],
)
def test_definition_one_refuses(honest, aggregate, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        definition1(honest, aggregate)


def test_table_one_gives_every_rule_at_every_setting_with_its_status():
    rows = {(row.rule, row.N, row.f, row.D): row for row in table1(iter(SETTINGS))}
    assert list(rows) == [(rule, *setting) for setting in SETTINGS for rule in TABLE_I]
    outside = {key: row for key, row in rows.items() if row.status != "valid"}
    assert {key[:3]: row.status for key, row in outside.items()} == {
        ("faba", 10, 4): "outside domain: need alpha < 1/3, got 2/5",
        ("faba", 7, 3): "outside domain: need alpha < 1/3, got 3/7",
    }
    assert all(row.exact is None and row.value is None for row in outside.values())
    expected = ("trimmed_mean", 100, 20, 100, "1/5", "8/9", 8 / 9, "valid")
    assert rows["trimmed_mean", 100, 20, 100] == expected
    # 2 + 2 (4/3) + 4 sqrt(4/3), collected
    assert rows["krum", 100, 20, 100].exact == "8*sqrt(3)/3 + 14/3"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ([], r"need at least one setting \(N, f, D\), got none"),
        ([(10, 2, 3), (10, 11, 3)], "need 0 <= f < N, got f=11, N=10"),
    ],
)
def test_table_one_refuses(settings, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        table1(settings)


def test_csv_parses_back_to_the_exact_constants():
    parsed = list(csv.DictReader(io.StringIO(table1_csv(table1(SETTINGS)))))
    assert len(parsed) == len(SETTINGS) * len(TABLE_I)
    for row in parsed:
        counts = {name: int(row[name]) for name in ("N", "f", "D")}
        assert F(row["alpha"]) == F(counts["f"], counts["N"])
        if row["status"] != "valid":
            assert (row["rule"], row["exact"], row["value"]) == ("faba", "", "")
            continue
        exact = c_alpha_squared(row["rule"], **counts)
        assert sympy.sympify(row["exact"]) == exact
        if exact.is_Rational:
            assert float(row["value"]) == int(exact.p) / int(exact.q)
        assert float(row["value"]) == pytest.approx(float(exact), rel=1e-15)


def read_latex(formula: str) -> sympy.Expr:
    """Evaluate the LaTeX of one row, innermost braces first."""
    for plain, python in [(r"\left", ""), (r"\right", ""), ("^{2}", "**2"), (r"\min", "Min")]:
        formula = formula.replace(plain, python)
    before = ""
    while before != formula:
        before = formula
        formula = re.sub(r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)", formula)
        formula = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", formula)
    return parse_expr(
        formula.replace("\\alpha", "alpha"),
        local_dict={"N": N, "D": D, "alpha": alpha},
        transformations=(*standard_transformations, implicit_multiplication),
    )


def test_formulas_of_the_ledger_say_what_was_worked_out_by_hand():
    rows = {row.name: row for row in rows_of(table1_proofs)}
    formulas = {}
    for place, rule in enumerate(TABLE_I, start=1):
        left, _, right = latex(rows[f"T1.{place}"].latex).partition(" = ")
        assert left == "C_{\\alpha}^{2}"
        formulas[rule] = read_latex(right)
    for (rule, devices, byzantine, dimension), expected in BY_HAND.items():
        numbers = {N: devices, alpha: sympy.Rational(byzantine, devices), D: dimension}
        assert formulas[rule].subs(numbers) == sympy.Rational(expected)
