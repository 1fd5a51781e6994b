"""Test Theorem 1 with planted slips, a second transcription at fifty digits, and hand numbers."""

import ast
import math
from fractions import Fraction as F
from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy

from theory.paper import (
    descent,
    descent_proofs,
    lemma1,
    redundancy,
    remarks,
    rho,
    theorem1,
    theorem1_proofs,
    theorem2_proofs,
    threshold,
)
from theory.paper.setting import Setting
from theory.proving.instances import Unproved
from theory.proving.statement import rows_of
from theory.proving.symbols import (
    F_0,
    C_alpha,
    F_star,
    G,
    L,
    M,
    N,
    T,
    alpha,
    beta,
    d_min,
    eta,
    gamma,
    lambda_,
    nu,
    rho_1,
    rho_2,
    rho_3,
    rho_4,
)

ROOT = Path(__file__).parents[3]
MODULES = (theorem1_proofs, rho, threshold, descent_proofs)
ROWS = {row.name: row for module in MODULES for row in rows_of(module)}
REFUTED = {"U21": "edge case", "U23": "our text", "U24": "edge case", "U30": "our text"}

D, P, RHO, GENERAL = descent.PRINTED, theorem1.PRINTED, rho.RHO, rho.GENERAL
root = sympy.sqrt(T + 1)

# One slip each: table, key, the slip, the rows whose proof must fail.
FAULTS = [
    # A factor 2 either way, a sign, N inside the root, a dropped square.
    (RHO, rho_1, 1 / N - (1 / N - RHO[rho_1]) / 2, ["19", "28", "U19"]),
    (RHO, rho_1, 1 / N - (1 / N - RHO[rho_1]) * 2, ["19", "28"]),
    (RHO, rho_1, 2 / N - RHO[rho_1], ["19", "28", "U25"]),
    (RHO, rho_1, RHO[rho_1] - 1 / N + 1 / sympy.sqrt(N), ["19", "28"]),
    (RHO, rho_2, RHO[rho_2] / 2, ["20", "28", "U25"]),
    (RHO, rho_2, RHO[rho_2] * 2, ["20", "28", "U25", "U19"]),
    (RHO, rho_2, RHO[rho_2].subs(C_alpha, sympy.sqrt(C_alpha)), ["20", "28"]),
    (RHO, rho_3, RHO[rho_3] / 2, ["21", "28", "32", "U19"]),
    (GENERAL, rho_3, GENERAL[rho_3] * 2, ["U19"]),
    (GENERAL, rho_1, GENERAL[rho_1].subs(nu, nu**2), ["U19"]),
    (GENERAL, rho_2, GENERAL[rho_2].subs(nu, nu**2), ["U19"]),
    (GENERAL, rho_4, GENERAL[rho_4].subs(nu, 2 * nu), ["U19"]),
    (lemma1.SHARPER, "any", lemma1.SHARPER["any"] * 2, ["U19"]),
    (RHO, rho_3, RHO[rho_3] * 2, ["21", "28", "32"]),
    (RHO, rho_3, RHO[rho_3] / beta, ["21", "28", "32"]),
    (RHO, rho_4, RHO[rho_4] / 2, ["22", "28"]),
    (RHO, rho_4, RHO[rho_4] * 2, ["22", "28"]),
    (RHO, rho_3, RHO[rho_3] + 1, ["21", "28", "32", "U24"]),
    (RHO, rho_4, -RHO[rho_4], ["22", "28", "U24"]),
    (RHO, rho_4, RHO[rho_4] / L, ["22", "28"]),
    (rho.PRINTED, "threshold", d_min * M / (2 * sympy.sqrt(2 * N)), ["U22"]),
    (RHO, rho_1, 2 / N - RHO[rho_1], ["U30"]),
    (rho.PRINTED, "threshold", d_min * M / (4 * sympy.sqrt(2) * N), ["U22"]),
    (rho.PRINTED, "threshold", d_min * M / (sympy.sqrt(2) * N), ["U22"]),
    # The sound reading cannot be refuted.
    (rho.PRINTED, "threshold, N inside", rho.PRINTED["threshold"], ["U23", "U30"]),
    (P, "18", -P["18"], ["U30"]),
    (P, "T", P["T"] + 1, ["U30"]),
    (D, "43", D["43"] / 2, ["23"]),
    (D, "43", D["43"] * 2, ["23"]),
    (D, "Young", D["Young"] / 2, ["23"]),
    (D, "Young", D["Young"] * 2, ["23"]),
    (D, "Young", D["Young"].subs(eta, eta**2), ["23"]),
    (D, "23", D["23"] + 2 * gamma * G / N, ["23", "27"]),
    (D, "23", D["23"] - L * gamma**2 * descent.E_spread / 2, ["23", "27"]),
    (D, "23", D["23"] + L * gamma**2 * descent.E_honest, ["23", "27"]),
    (D, "24", 1 / (N * (1 - alpha)), ["23", "24"]),
    (D, "24", 2 / N, ["23", "24"]),
    (D, "25", sympy.Rational(1, 2), ["25", "26"]),
    (D, "25", sympy.Integer(2), ["25", "26"]),
    (D, "26", D["26"] / 2, ["26", "27"]),
    (D, "26", D["26"] * 2, ["26", "27"]),
    (D, "26", D["26"] / C_alpha, ["26", "27"]),
    (D, "27 left", D["27 left"] * 2, ["27", "28"]),
    (D, "27 right", D["27 right"] / 2, ["27", "28"]),
    (D, "eta", D["eta"] / 2, ["U20", "28", "19"]),
    (D, "eta", D["eta"] * 2, ["U20", "28", "19"]),
    (D, "eta", D["eta"] + 1, ["U21"]),
    (P, "28 left", P["28 left"].subs(rho_2, -rho_2), ["28"]),
    (P, "28 right", P["28 right"] / 2, ["28"]),
    (P, "28 right", P["28 right"] * 2, ["28"]),
    (P, "30", P["30"] / 2, ["30"]),
    (P, "30", P["30"] * 2, ["30"]),
    (P, "30", P["30"] + (F_0 - F_star) * T / (T + 1), ["30"]),
    (P, "30 fixed", P["30 fixed"] / 2, ["30", "31", "18"]),
    (P, "30 fixed", P["30 fixed"] * 2, ["30", "31", "18"]),
    (P, "28 left", P["28 left"].subs(rho_2, -rho_2), ["29", "30"]),
    (P, "28 right", P["28 right"] * 2, ["29", "30"]),
    (P, "31", P["31"] / 2, ["31"]),
    (P, "31", P["31"] * 2, ["31"]),
    (P, "31", P["31"].subs(rho_2, -rho_2), ["31"]),
    (P, "18", P["18"].subs(root, T + 1), ["18"]),
    (P, "18", P["18"] / 2, ["18"]),
    (P, "18", P["18"] * 2, ["18"]),
    (P, "T", (lambda_ * rho_2 / rho_1) - 1, ["U26"]),
    (P, "T", (lambda_ * rho_2 / rho_1) ** 2, ["U26"]),
    (P, "T", (lambda_ * rho_2 / rho_1) ** 2 / 2 - 1, ["U26"]),
    (P, "32", P["32"] / 2, ["32"]),
    (P, "32", P["32"] * 2, ["32"]),
    (P, "32", P["32"] / M, ["32"]),
]


@pytest.mark.parametrize("name", ROWS)
def test_rows_have_the_verdicts_that_the_report_gives(name):
    outcome = ROWS[name].check()
    assert outcome.verdict == ("refuted" if name in REFUTED else "proved")
    assert outcome.kind == REFUTED.get(name, "")
    assert outcome.scope == ("" if name in REFUTED else "general")
    assert outcome.evidence


@pytest.mark.parametrize(
    ("table", "key", "wrong", "name"),
    [(table, key, wrong, name) for table, key, wrong, names in FAULTS for name in names],
    ids=lambda value: str(value)[:40] if isinstance(value, str | sympy.Basic) else "",
)
def test_a_slip_of_the_pen_flips_the_proof(table, key, wrong, name, monkeypatch):
    monkeypatch.setitem(table, key, wrong)
    with pytest.raises(Unproved, match=r"^need "):
        ROWS[name].check()


def test_every_row_that_rests_on_slips_has_some():
    slipped = {name for *_, names in FAULTS for name in names}
    resting = {row.name for row in ROWS.values() if row.test.endswith("flips_the_proof")}
    assert resting <= slipped


def test_every_row_names_a_test_that_exists():
    others = (theorem2_proofs, redundancy, remarks)
    rows = [*ROWS.values(), *(row for module in others for row in rows_of(module))]
    assert len({row.name for row in rows}) == len(rows)
    assert {str(number) for number in range(18, 42)} <= {row.name for row in rows}
    for row in rows:
        file, function = row.test.split("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def printed_bound(N, M, r, d_min, alpha, c_alpha_squared, L, beta, F_0, F_star, T, lambda_):
    """Transcribe (17)-(22) and (18) in mpmath; return the bound and its condition number."""
    m = mpmath.mpf
    N, M, r, d, a, c2 = m(N), m(M), m(r), m(d_min), m(alpha), m(c_alpha_squared)
    p1, p2 = 1 - a, (1 - a) * (N - N * a - 1) / (N - 1)
    u, c = r - r**2 / M, mpmath.sqrt(2 * m(c_alpha_squared))
    rho_1 = 1 / N - 2 * u * c / (d * M)
    rho_2 = (
        (p1 - p2) * 2 * r**2 * L / ((1 - a) ** 2 * N * d**2 * M**2)
        + p2 * L / ((1 - a) ** 2 * N**2)
        + 8 * L * c2 / (d**2 * M**2) * u**2
    )
    rho_3 = beta**2 * M * c / d * u
    rho_4 = (p1 - p2) * 2 * r**2 * beta**2 * L / ((1 - a) ** 2 * N * d**2)
    rho_4 += 8 * c2 * beta**2 * L / d**2 * u**2
    s = mpmath.sqrt(T + 1)
    room = s * rho_1 - lambda_ * rho_2
    bound = (F_0 - F_star) / (lambda_ * room) + (s * rho_3 + lambda_ * rho_4) / room
    return bound, (s / N + s * (1 / N - rho_1) + lambda_ * rho_2) / room


# C_alpha^2 and the rate over their largest values: inside, and up to the boundaries.
SHARES = [
    *((c, rate) for c in (0.0, 0.01, 0.5, 1 - 1e-6) for rate in (1e-6, 0.5, 1 - 1e-6)),
    (1 - 1e-9, 0.5),
    (0.5, 1 - 1e-9),
]
# N, M, r, d_min, f
SIZES = [
    (10, 20, 8, 4, 2),
    (100, 1000, 40, 4, 3),
    (7, 5, 5, 7, 3),
    (9, 9, 3, 1, 0),
    (30, 9, 6, 1, 14),
]


def near_boundary(sizes, shares):
    """Return floats that meet the hypotheses by these shares, and the largest fixed rate."""
    devices, subsets, mine, fewest, byzantine = sizes
    unshared = mine - mine**2 / subsets
    top = (fewest * subsets / devices / unshared) ** 2 / 8 if unshared else 10.0
    numbers = {"N": devices, "M": subsets, "r": mine, "d_min": fewest, "alpha": byzantine / devices}
    numbers |= {"c_alpha_squared": shares[0] * top, "L": 7 / 3}
    with mpmath.workdps(50):
        high = {name: mpmath.mpf(value) for name, value in numbers.items()}
        of_both = rho.constants(Setting(**high, beta=0))
        return numbers, float(of_both["rho_1"] / of_both["rho_2"])


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("shares", SHARES, ids=str)
def test_bound_agrees_with_a_transcription_at_fifty_digits(sizes, shares):
    numbers, most = near_boundary(sizes, shares)
    numbers |= {"beta": 2.0, "F_0": 11.0, "F_star": -0.5, "T": 99, "lambda_": 10 * shares[1] * most}
    with mpmath.workdps(50):
        # The floats as exact numbers, so that their rounding is not an error of the bound.
        high = {name: mpmath.mpf(value) for name, value in numbers.items()}
        expected, condition = printed_bound(**high)
        assert min(expected, condition) > 0
        assert abs(theorem1.bound(Setting(**high)) / expected - 1) < mpmath.mpf("1e-45") * condition
        value = theorem1.bound(Setting(**numbers))
        assert isinstance(value, float)
        assert abs(value / expected - 1) < 1e-12 * condition


EXACT = {
    "N": 10,
    "M": 20,
    "r": 8,
    "d_min": 4,
    "alpha": F(1, 5),
    "c_alpha_squared": F(1, 288),
    "L": F(1, 2),
    "beta": 3,
    "F_0": 5,
    "F_star": 1,
    "T": 3,
}


def test_bound_equals_the_fraction_worked_out_by_hand():
    # unshared 8 - 64/20 = 24/5; sqrt(2 C^2) = 1/12; rho_1 = 1/10 - 2 (24/5)(1/12)/80 = 9/100.
    # phi_1 = 4/5, phi_2 = (4/5)(7/9) = 28/45, difference 8/45.
    # rho_2 = (8/45)(128)(1/2)/((16/25)(10)(6400)) + (28/45)(1/2)/((16/25)(100))
    #       + 8(1/2)(1/288)/6400 (576/25) = 1/3600 + 7/1440 + 1/20000 = 467/90000
    constants = rho.constants(Setting(**EXACT))
    assert constants["rho_1"] == sympy.Rational(9, 100)
    assert constants["rho_2"] == sympy.Rational(467, 90000)
    # rho_3 = 9 (20/12)/4 (24/5)
    # rho_4 = (8/45)(128)(9)(1/2)/((16/25)(10)(16)) + (8/288)(9/2)/16 (576/25)
    assert constants["rho_3"] == 18
    assert constants["rho_4"] == sympy.Rational(1) + sympy.Rational(9, 50)
    # lambda = 2: (5-1)/(2*2*9/100 - 4*467/90000) + (2*18 + 2*59/50)/(2*9/100 - 2*467/90000)
    first = F(4) / (F(36, 100) - F(4 * 467, 90000))
    second = (36 + F(118, 50)) / (F(18, 100) - F(2 * 467, 90000))
    total = theorem1.bound(Setting(**EXACT, lambda_=2))
    assert total.is_Rational
    assert F(int(total.p), int(total.q)) == first + second
    assert theorem1.bound(Setting(**EXACT, gamma=1)) == total
    known = ("N", "M", "r", "d_min", "c_alpha_squared", "beta")
    assert theorem1.asymptotic_error(Setting(**{name: EXACT[name] for name in known})) == 200


def test_arrays_broadcast_and_agree_with_single_numbers():
    last, scale = np.array([[3], [30], [300]]), np.array([0.5, 1.0])
    values = theorem1.bound(Setting(**EXACT | {"T": last}, lambda_=scale))
    assert values.shape == (3, 2)
    for (i, j), value in np.ndenumerate(values):
        single = theorem1.bound(Setting(**EXACT | {"T": int(last[i, 0])}, lambda_=float(scale[j])))
        assert value == pytest.approx(single, rel=1e-14)


def test_where_every_device_holds_everything_no_constant_is_too_large():
    sizes = EXACT | {"r": 20, "d_min": 10, "c_alpha_squared": 10**6}
    value = theorem1.bound(Setting(**sizes, lambda_=1))
    # rho_1 = 1/10 and rho_3 = 0, with the coefficients of the previous test.
    rho_2 = F(8, 45) * 2 * F(1, 2) / (F(16, 25) * 10 * 100) + F(28, 45) * F(1, 2) / 64
    rho_4 = F(8, 45) * 2 * 400 * 9 * F(1, 2) / (F(16, 25) * 10 * 100)
    expected = 4 / (F(2, 10) - rho_2) + rho_4 / (F(2, 10) - rho_2)
    assert F(int(value.p), int(value.q)) == expected
    (_, threshold, _) = theorem1.hypotheses(Setting(**without_loss(sizes), lambda_=1))
    assert (threshold.holds, threshold.factor) == (True, 0)


def without_loss(numbers):
    return {k: v for k, v in numbers.items() if k not in ("beta", "F_0", "F_star")}


def test_a_negative_rho_1_does_not_slip_through_the_square():
    parted = EXACT | {"N": 3, "M": 4, "r": 2, "d_min": 1, "alpha": 0, "c_alpha_squared": F(9, 25)}
    # C_alpha = 3/5 is below sqrt(6)/3, the threshold with N inside the root; T is large enough.
    parted |= {"T": 10**9}
    conditions = theorem1.hypotheses(Setting(**without_loss(parted), lambda_=1))
    assert [condition.holds for condition in conditions] == [True, False, False]
    assert float(conditions[1].factor) == pytest.approx(0.6 / (math.sqrt(2) / 3))
    assert conditions[2].factor == sympy.oo
    with pytest.raises(ValueError, match=r"rho_1 > 0, got 1\.27279 times what is allowed"):
        theorem1.bound(Setting(**parted, lambda_=1))
    known = {name: value for name, value in parted.items() if name not in ("F_0", "F_star", "T")}
    of_both = rho.constants(Setting(**known))
    assert (of_both["rho_2"] / of_both["rho_1"]) ** 2 - 1 < parted["T"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lambda_": None}, "need one of lambda_ and gamma, got neither"),
        ({"gamma": 1}, "need one of lambda_ and gamma, got both"),
        ({"lambda_": 0}, "need lambda_ > 0, got lambda_=0"),
        ({"N": 1}, "need N >= 2, got N=1"),
        ({"N": 9.5}, "need an integer N, got N=9.5"),
        ({"r": 21}, "need 1 <= r <= M, got N=10, M=20, r=21, d_min=4"),
        ({"r": 0}, "need 1 <= r <= M, got N=10, M=20, r=0, d_min=4"),
        ({"d_min": 5}, "need d_min M <= N r, got N=10, M=20, r=8, d_min=5"),
        ({"d_min": 0}, "need d_min >= 1, got d_min=0"),
        ({"alpha": F(1, 3)}, "need an integer N alpha, got N=10, alpha=1/3"),
        ({"alpha": F(-1, 10)}, "need alpha >= 0, got alpha=-1/10"),
        ({"alpha": F(1, 2)}, "need alpha < 1/2, got 1 times what is allowed"),
        ({"alpha": 0.6}, "need alpha < 1/2, got 1.2 times what is allowed"),
        ({"c_alpha_squared": -1}, "need c_alpha_squared >= 0, got c_alpha_squared=-1"),
        # The limit of C_alpha^2 is 100/288: 100 times the constant of EXACT.
        ({"c_alpha_squared": F(121, 288)}, r"need C_alpha < .*, got 1.1 times what is allowed"),
        ({"c_alpha_squared": F(100, 288)}, r"need C_alpha < .*, got 1 times what is allowed"),
        ({"c_alpha_squared": np.array([0, 4]) / 2.88}, r"need C_alpha < .*, got 2 times what .*"),
        ({"L": 0}, "need L > 0, got L=0"),
        ({"L": math.nan}, "need a finite L, got nan"),
        ({"beta": -1}, "need beta >= 0, got beta=-1"),
        ({"T": -1}, "need T >= 0, got T=-1"),
        ({"F_star": 6}, "need F_star <= F_0, got F_star=6, F_0=5"),
        # gamma = lambda/2; rho_1/rho_2 = (9/100)(90000/467) = 17.34
        ({"lambda_": 100}, r"need gamma < rho_1/rho_2, .*, got 2.88272 times what is allowed"),
    ],
)
def test_bound_refuses(change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        theorem1.bound(Setting(**EXACT | {"lambda_": 2} | change))


def test_theorem_1_as_our_text_has_it_fails_by_the_numbers_worked_out_by_hand():
    # Lines x = 0, y = 0 and x + y = 0 modulo 5 meet in the origin; x + 2y = 1 misses it.
    S = np.array(threshold.balanced((0, 0, 0, 1)))
    np.testing.assert_array_equal(S @ S.T, np.full((4, 4), 16) + np.diag([4] * 4))
    assert S.sum(axis=0).min() == S[:, 0].sum() == 1
    # rho_1 = 1/4 - 2 (20 - 16)(4/3)/25; with phi_1 - phi_2 = 1/4 and phi_2 = 1/2
    # rho_2 = (1/4)(2)(400)(25)/((9/16)(4)(625)) + (1/2)(25)/((9/16)(16)) + 8 (25)(8/9)(16)/625
    rho_1 = F(1, 4) - F(32, 75)
    rho_2 = F(32, 9) + F(25, 18) + F(1024, 225)
    # rho_3 = 25 (4/3) 4; rho_4 = 625 times the first and the last term of rho_2
    rho_3, rho_4 = F(400, 3), 625 * (F(32, 9) + F(1024, 225))
    rate = F(1, 100)
    assert (rate * rho_2 / rho_1) ** 2 - 1 < 0
    # F = 25 x^2/2 + 1 at x = 1: a loss of 27/2, and a gradient of 25.
    right = F(25, 2) / (rate * rho_1 - rate**2 * rho_2)
    right += (rho_3 + rate * rho_4) / (rho_1 - rate * rho_2)
    assert right < 0
    assert f"rho_1 = -53/300, and (18) needs 625 <= {right};" in ROWS["U30"].check().evidence
