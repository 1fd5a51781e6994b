"""Test Lemma 1 with planted faults, on every small allocation, and against hand calculation."""

import itertools
from fractions import Fraction as F

import numpy as np
import pytest
import sympy
from sympy import Le

from theory.paper import lemma1, lemma1_proofs, remark1
from theory.paper.lemma1 import PRINTED, SHARPER, STEPS, a, b, c, u, w
from theory.proving.evaluation import evaluate
from theory.proving.instances import Unproved
from theory.proving.proofs import Step
from theory.proving.symbols import G, M, N, beta, d, d_min, nu, r

fraction = beta**2 + G / M**2

SLIPS = [
    # In (12) and (13): factors of two, signs, squares, M for N, d_min for its square.
    (PRINTED, "12", PRINTED["12"] / 2, lemma1_proofs.check_12),
    (PRINTED, "12", PRINTED["12"] * 2, lemma1_proofs.check_12),
    (PRINTED, "12", 8 / d_min * (r - r**2 / M) ** 2 * fraction, lemma1_proofs.check_12),
    (PRINTED, "12", 8 / d_min**2 * (r - r**2 / M) * fraction, lemma1_proofs.check_12),
    (PRINTED, "12", 8 / d_min**2 * (r + r**2 / M) ** 2 * fraction, lemma1_proofs.check_12),
    (PRINTED, "12", 8 / d_min**2 * (r - r**2 / N) ** 2 * fraction, lemma1_proofs.check_12),
    (PRINTED, "12", PRINTED["12"].subs(G, G * M), lemma1_proofs.check_12),
    (PRINTED, "12", PRINTED["12"].subs(G, -G), lemma1_proofs.check_12),
    (PRINTED, "44", PRINTED["44"] / 2, lemma1_proofs.check_44),
    (PRINTED, "44", PRINTED["44"].subs(G, G * M), lemma1_proofs.check_44),
    (PRINTED, "13", PRINTED["13"] / 2, remark1.check_13),
    (PRINTED, "13", PRINTED["13"] * 2, remark1.check_13),
    (PRINTED, "13", 8 * (M - r) ** 2 / M**2 * fraction, remark1.check_13),
    (PRINTED, "13", 8 * (M - r) / N**2 * fraction, remark1.check_13),
    (PRINTED, "13", 8 * (M + r) ** 2 / N**2 * fraction, remark1.check_remark_1),
    (PRINTED, "13", 8 * (M - N) ** 2 / N**2 * fraction, remark1.check_remark_1),
    (PRINTED, "13", PRINTED["13"] / 4, remark1.check_13_regular),
    (PRINTED, "13", PRINTED["13"] * 2, remark1.check_threshold),
    (PRINTED, "14", PRINTED["14"] * 2, remark1.check_uncoded),
    # Bounds beyond the paper.
    (SHARPER, "any", SHARPER["any"] / 2, lemma1_proofs.check_any),
    (SHARPER, "any", SHARPER["any"] * 2, lemma1_proofs.check_any),
    (SHARPER, "sharp", SHARPER["sharp"] / 2, lemma1_proofs.check_sharp),
    (SHARPER, "sharp", SHARPER["sharp"] * 2, lemma1_proofs.check_sharp),
    (SHARPER, "regular", SHARPER["regular"] / 2, lemma1_proofs.check_regular),
    (SHARPER, "regular", SHARPER["regular"] * 2, lemma1_proofs.check_regular),
    (SHARPER, "regular", SHARPER["regular"] * nu, remark1.check_13_regular),
    (SHARPER, "regular", SHARPER["regular"] * 2, remark1.check_always),
    (SHARPER, "uncoded", SHARPER["uncoded"] / 2, remark1.check_threshold),
    (SHARPER, "uncoded", SHARPER["uncoded"] * M / N, remark1.check_uncoded),
    # The inequalities themselves.
    (STEPS, "44 pair", Step(Le((a - b) ** 2, 2 * a**2 + b**2), (), {a: 1, b: -1}), None),
    (STEPS, "44 split", Step(Le((u + w) ** 2, u**2 + w**2), (), {u: 1, w: 1}), None),
    (STEPS, "44 d_min", STEPS["44 d_min"]._replace(given=()), None),
    (STEPS, "44 heterogeneity", STEPS["44 heterogeneity"]._replace(given=()), None),
]
USED_BY = {
    **dict.fromkeys(
        ["44 pair", "44 split", "44 heterogeneity", "44 d_min"], lemma1_proofs.check_44
    ),
}


@pytest.mark.parametrize(("table", "name", "wrong", "check"), SLIPS, ids=range(len(SLIPS)))
def test_a_slip_of_the_pen_flips_the_proof(table, name, wrong, check, monkeypatch):
    check = check or USED_BY[name]
    assert check().verdict == "proved"
    monkeypatch.setitem(table, name, wrong)
    with pytest.raises(Unproved):
        check()


def allocations(N, M):
    """Yield every S without an empty device and without an uncovered subset."""
    rows = [row for row in itertools.product((0, 1), repeat=M) if any(row)]
    for S in itertools.product(rows, repeat=N):
        if all(map(sum, zip(*S, strict=True))):
            yield S


def quantities(S, gradients):
    """Return the quantities of Lemma 1 from its definitions, without code of `theory`."""
    degree = [sum(column) for column in zip(*S, strict=True)]
    coded = [
        sum(F(g, d_k) for held, g, d_k in zip(row, gradients, degree, strict=True) if held)
        for row in S
    ]
    total = sum(gradients)
    held = [{k for k, has in enumerate(row) if has} for row in S]
    return {
        "left": max((x - y) ** 2 for x in coded for y in coded),
        "total": sum(x**2 for x in coded),
        "nu": max(len(x - y) for x in held for y in held),
        "d_min": min(degree),
        "d_max": max(degree),
        "r_min": min(map(len, held)),
        "r": max(map(len, held)),
        "beta_sq": max((g - F(total, len(gradients))) ** 2 for g in gradients),
        "gradient_norm_sq": total**2,
    }


def every_small_case(N, M):
    cases = [
        quantities(S, gradients)
        for S in allocations(N, M)
        for gradients in itertools.product((-1, 0, 2), repeat=M)
    ]
    return {name: np.array([float(case[name]) for case in cases]) for name in cases[0]}


@pytest.mark.parametrize(("N", "M"), [(2, 2), (2, 4), (3, 3)])
def test_bounds_hold_on_every_small_allocation(N, M):
    case = every_small_case(N, M)
    common = {
        "M": M,
        "d_min": case["d_min"],
        "beta": np.sqrt(case["beta_sq"]),
        "gradient_norm_sq": case["gradient_norm_sq"],
    }
    sharp = lemma1.bound_sharp(nu=case["nu"], **common)
    assert (case["left"] <= sharp * (1 + 1e-12)).all()
    np.testing.assert_allclose(lemma1.bound_any(nu=case["nu"], **common), 2 * sharp)
    regular = (case["d_min"] == case["d_max"]) & (case["r_min"] == case["r"])
    assert regular.any()
    bound = lemma1.bound_regular(
        nu=case["nu"][regular], d=case["d_min"][regular], beta=common["beta"][regular]
    )
    assert (case["left"][regular] <= bound * (1 + 1e-12)).all()


def test_the_sharper_constants_are_attained():
    balanced = quantities(((1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 1)), (0, 1, -1, 0))
    sizes = {"M": 4, "d_min": 1, "beta": 1, "gradient_norm_sq": 0}
    assert balanced["left"] == lemma1.bound_sharp(nu=1, **sizes) == 4
    assert lemma1.bound(r=2, **sizes) == 8
    cyclic = quantities(((1, 1, 0, 0), (0, 1, 1, 0), (0, 0, 1, 1), (1, 0, 0, 1)), (1, 1, -1, -1))
    assert cyclic["left"] == lemma1.bound_regular(nu=2, d=2, beta=1) == 4


def test_counterexamples_worked_out_by_hand():
    # d = 2, g = (1/2 + 1/2, 1/2 − 1/2, ...) = (1, 0, −1, 0)
    cyclic = ((1, 1, 0, 0), (0, 1, 1, 0), (0, 0, 1, 1), (1, 0, 0, 1))
    sides = quantities(cyclic, (1, 1, -1, -1))
    assert (sides["left"], sides["beta_sq"], sides["gradient_norm_sq"]) == (4, 1, 0)
    # (8/4) (2 − 1)² 1
    assert lemma1.bound(M=4, r=2, d_min=2, beta=1, gradient_norm_sq=0) == 2
    assert "4 > 2" in lemma1_proofs.check_other_overlaps().evidence
    # d = (3, 1, 1, 1), g = (1, −1, 0); (13) is 8 (4 − 2)²/9
    assert lemma1.approximation(N=3, M=4, r=2, beta=1, gradient_norm_sq=0) == sympy.Rational(32, 9)
    assert "4 > 32/9" in remark1.check_13_balanced().evidence
    # d = 2, g = (0, −1/2, 1/2); (13) is 8/9
    assert quantities(((1, 1, 0), (0, 1, 1), (1, 0, 1)), (1, -1, 0))["left"] == 1
    assert "1 > 8/9" in remark1.check_13_regular().evidence
    # (1 + 1)² against 2 + 1; n Σ (u + w)² = 2 (4 + 4) against 2 n (Σ u² + w²) = 2·2 (2 + 1)
    assert "4 > 3; two equal terms give 16 > 12" in lemma1_proofs.check_44_brackets().evidence
    assert "4 > 1/4" in lemma1_proofs.check_44_power().evidence


def test_overlaps_fix_the_variance_of_the_degrees():
    checked = 0
    for devices, subsets, size in [(2, 4, 2), (3, 4, 2), (2, 9, 3)]:
        rows = list(itertools.combinations(range(subsets), size))
        for S in itertools.product(rows, repeat=devices):
            shared = {len(set(x) & set(y)) for x, y in itertools.combinations(S, 2)}
            if shared != {size * size // subsets}:
                continue
            checked += 1
            degree = [sum(k in row for row in S) for k in range(subsets)]
            mean = F(devices * size, subsets)
            variance = sum((d - mean) ** 2 for d in degree) / subsets
            assert variance == mean * (1 - F(size, subsets)) > 0
            assert {len(set(x) - set(y)) for x, y in itertools.permutations(S, 2)} == {
                size - F(size * size, subsets)
            }
    assert checked > 100
    assert remark1.check_variance().verdict == "proved"
    assert "6 > 4" in remark1.check_constant_degrees().evidence


def test_what_is_shared_cancels():
    weighted = sympy.symbols("a_1:5")
    sets = [set(members) for size in range(5) for members in itertools.combinations(range(4), size)]
    for S_i, S_j in itertools.product(sets, repeat=2):
        left = sum(weighted[k] for k in S_i) - sum(weighted[k] for k in S_j)
        right = sum(weighted[k] for k in S_i - S_j) - sum(weighted[k] for k in S_j - S_i)
        assert sympy.expand(left - right) == 0
        # The test sees a set that is too large on either side.
        if S_i & S_j:
            assert sympy.expand(left - right - sum(weighted[k] for k in S_i & S_j)) != 0


SIZES = {"M": 10, "r": 4, "d_min": 2, "beta": 3, "gradient_norm_sq": 50}


def test_bounds_worked_out_by_hand():
    # (8/4) (4 − 1.6)² (9 + 0.5)
    assert lemma1.bound(**SIZES) == sympy.Rational(2736, 25)
    assert lemma1.bound(**{**SIZES, "beta": F(3)}) == sympy.Rational(2736, 25)
    assert lemma1.bound(**{**SIZES, "beta": 3.0}) == pytest.approx(109.44, rel=1e-15)
    # d_min = Nr/M = 2 at N = 5
    common = {key: SIZES[key] for key in ("M", "r", "beta", "gradient_norm_sq")}
    assert lemma1.approximation(N=5, **common) == sympy.Rational(2736, 25)
    # ν = 3: (8/4) 9 (9.5), half of it, and 4·9·9/4 without the gradient
    common = {key: SIZES[key] for key in ("M", "d_min", "beta", "gradient_norm_sq")}
    assert lemma1.bound_any(nu=3, **common) == 171
    assert lemma1.bound_sharp(nu=3, **common) == sympy.Rational(171, 2)
    assert lemma1.bound_regular(nu=3, d=2, beta=3) == 81
    # Section V at r = 40: 737.28 β²
    section_v = lemma1.approximation(N=100, M=1000, r=40, beta=1, gradient_norm_sq=0)
    assert section_v == sympy.Rational(73728, 100)


def test_bounds_take_arrays():
    gradients = np.array([0.0, 50.0, 1e6])
    many = lemma1.bound(**{**SIZES, "gradient_norm_sq": gradients})
    single = [lemma1.bound(**{**SIZES, "gradient_norm_sq": value}) for value in gradients]
    np.testing.assert_array_equal(many, single)
    assert evaluate(PRINTED["14"], {beta: 2.0}) == 16.0


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"r": 0}, "need 1 <= r <= M, got r=0, M=10"),
        ({"r": 11}, "need 1 <= r <= M, got r=11, M=10"),
        ({"d_min": 0}, "need d_min >= 1, every subset on some device, got d_min=0"),
        ({"beta": -1}, "need beta >= 0, got beta=-1"),
        ({"beta": float("nan")}, "need beta >= 0, got beta=nan"),
        ({"gradient_norm_sq": -1.0}, "need gradient_norm_sq >= 0, got gradient_norm_sq=-1.0"),
    ],
)
def test_bound_refuses(changed, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        lemma1.bound(**{**SIZES, **changed})


def test_other_bounds_refuse():
    sizes = {"M": 4, "d_min": 1, "beta": 1, "gradient_norm_sq": 0}
    for function in (lemma1.bound_any, lemma1.bound_sharp):
        with pytest.raises(ValueError, match=r"^need 0 <= nu <= M, got nu=5, M=4$"):
            function(nu=5, **sizes)
    with pytest.raises(ValueError, match=r"^need d >= 1, got d=0$"):
        lemma1.bound_regular(nu=1, d=0, beta=1)
    with pytest.raises(ValueError, match=r"^need N >= 1, got N=0$"):
        lemma1.approximation(N=0, M=4, r=2, beta=1, gradient_norm_sq=0)
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'beta'"):
        lemma1.bound_regular(nu=1, d=1)


def test_the_threshold_of_the_comparison_with_no_redundancy():
    # 8 (M − r)²/N² against 4 (M/N)² at M = 1000: 292 is above, 293 below.
    coded = {
        r: lemma1.approximation(N=100, M=1000, r=r, beta=1, gradient_norm_sq=0) for r in (292, 293)
    }
    assert coded[292] > 400 > coded[293]
    # With ‖∇F‖² = M²β² only from (1 − 1/2) M on.
    with_gradient = {
        r: lemma1.approximation(N=100, M=1000, r=r, beta=1, gradient_norm_sq=10**6)
        for r in (500, 501)
    }
    assert with_gradient[500] == 400 > with_gradient[501]


def test_no_symbol_is_left_out():
    assert PRINTED["12"].free_symbols == {M, r, d_min, beta, G}
    assert PRINTED["13"].free_symbols == {N, M, r, beta, G}
    assert SHARPER["regular"].free_symbols == {nu, beta, d}
    assert STEPS["sharp"].claim.rhs.has(c)
