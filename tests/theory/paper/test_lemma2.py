"""Test Lemma 2 with planted faults, by enumeration of Byzantine sets, and by hand calculation."""

import itertools
from fractions import Fraction as F

import numpy as np
import pytest
import sympy
from sympy import Le

from theory.paper import lemma2, lemma2_expectation, lemma2_proofs
from theory.paper.lemma1 import u, w
from theory.paper.lemma2 import PRINTED, SHARPER, STEPS, gram, total
from theory.proving import small_instances
from theory.proving.instances import Unproved
from theory.proving.proofs import Step
from theory.proving.symbols import G, M, N, alpha, beta, d_min, r

fraction = beta**2 + G / M**2
same, other = PRINTED["50 same"], PRINTED["50 other"]
honest_sq = (1 - alpha) ** 2 * N**2

SLIPS = [
    (PRINTED, "16", PRINTED["16"] / 2, lemma2_proofs.check_16),
    (PRINTED, "16", PRINTED["16"] * 2, lemma2_proofs.check_16),
    (PRINTED, "16", PRINTED["16"].subs(M, N), lemma2_proofs.check_16),
    (PRINTED, "16", PRINTED["16"].subs(r, sympy.sqrt(r)), lemma2_proofs.check_16),
    (PRINTED, "16", PRINTED["16"].subs(d_min, sympy.sqrt(d_min)), lemma2_proofs.check_16),
    (PRINTED, "16", PRINTED["16"].subs(beta, sympy.sqrt(beta)), lemma2_proofs.check_16),
    (PRINTED, "50 same", 1 - 2 * alpha, lemma2_expectation.check_50),
    (PRINTED, "50 same", alpha, lemma2_expectation.check_50),
    (PRINTED, "50 other", (1 - alpha) ** 2, lemma2_expectation.check_50),
    (PRINTED, "50 other", (1 - alpha) * (N - N * alpha) / (N - 1), lemma2_expectation.check_50),
    (PRINTED, "50 other", (1 - alpha) * (N - N * alpha - 1) / N, lemma2_expectation.check_50),
    (PRINTED, "50 other", (1 - alpha) * (N - N * alpha + 1) / (N - 1), lemma2_expectation.check_50),
    (PRINTED, "51", PRINTED["51"].subs(gram, gram / 2), lemma2_expectation.check_51),
    (PRINTED, "51", PRINTED["51"].subs(total, 2 * total), lemma2_expectation.check_51),
    (PRINTED, "51", (same + other) / honest_sq * total + other / honest_sq * gram, None),
    (PRINTED, "51", (same * total + other * gram) / honest_sq, None),
    (PRINTED, "51", PRINTED["51"] * (1 - alpha), None),
    (PRINTED, "51", PRINTED["51"] * (1 - alpha), lemma2_proofs.check_tau),
    (PRINTED, "52", PRINTED["52"] / 2, lemma2_proofs.check_52),
    (PRINTED, "52", PRINTED["52"] * 2, lemma2_proofs.check_52),
    (PRINTED, "52", 2 * N * r / d_min**2 * fraction, lemma2_proofs.check_52),
    (PRINTED, "52", 2 * N * r**2 / d_min * fraction, lemma2_proofs.check_52),
    (PRINTED, "52", 2 * M * r**2 / d_min**2 * fraction, lemma2_proofs.check_52),
    (PRINTED, "52", 2 * N * r**2 / d_min**2 * (beta**2 - G / M**2), lemma2_proofs.check_52),
    (SHARPER, "52", SHARPER["52"] / 2, lemma2_proofs.check_52_half),
    (SHARPER, "52", SHARPER["52"] * 2, lemma2_proofs.check_52_half),
    (SHARPER, "16", SHARPER["16"] * 2, lemma2_proofs.check_52_half),
    (SHARPER, "tau", alpha / ((1 - alpha) * N), lemma2_proofs.check_tau),
    (SHARPER, "tau", alpha / (N - 1), lemma2_proofs.check_tau),
    (STEPS, "52 split", Step(Le((u + w) ** 2, u**2 + w**2), (), {u: 1, w: 1}), None),
    (STEPS, "52 d_min", STEPS["52 d_min"]._replace(given=()), None),
    (STEPS, "52 heterogeneity", STEPS["52 heterogeneity"]._replace(given=()), None),
]


@pytest.mark.parametrize(("table", "name", "wrong", "check"), SLIPS, ids=range(len(SLIPS)))
def test_a_slip_of_the_pen_flips_the_proof(table, name, wrong, check, monkeypatch):
    check = check or {"51": lemma2_expectation.check_51}.get(name, lemma2_proofs.check_52)
    assert check().verdict == "proved"
    monkeypatch.setitem(table, name, wrong)
    with pytest.raises(Unproved):
        check()


def test_phi_2_that_exceeds_phi_1_is_no_probability(monkeypatch):
    monkeypatch.setattr(lemma2_proofs, "PHI_2", 2 * (1 - alpha))
    with pytest.raises(Unproved, match="got the counterexample"):
        lemma2_proofs.check_17()


MESSAGES = [
    ((3,), (-1,)),
    ((1, 2), (-3, 5), (4, 0), (0, 1)),
    ((F(1, 3), 1), (0, 0), (F(-5, 7), 2), (1, 1), (8, F(1, 2))),
    tuple((k * k % 7, k - 3) for k in range(7)),
]


@pytest.mark.parametrize("messages", MESSAGES, ids=len)
def test_expectation_equals_the_enumeration(messages):
    size, dimension = len(messages), len(messages[0])
    for f in range(size):
        squares = []
        for honest in itertools.combinations(messages, size - f):
            mean = [F(sum(message[k] for message in honest)) / (size - f) for k in range(dimension)]
            squares.append(sum(entry**2 for entry in mean))
        expected = sum(squares) / len(squares)
        value = lemma2.expectation(messages, f=f)
        assert value == sympy.Rational(expected)
        floats = np.array([[float(entry) for entry in message] for message in messages])
        result = lemma2.expectation(floats, f=f)
        assert isinstance(result, float)
        assert result == pytest.approx(float(expected), rel=1e-12)


def test_the_mean_deviation_is_tau_times_the_spread():
    coded = np.random.default_rng(5).normal(size=(6, 3))
    deviations = coded - coded.mean(axis=0)
    for f in range(6):
        sets = list(itertools.combinations(range(6), 6 - f))
        enumerated = np.mean(
            [(deviations[list(members)].mean(axis=0) ** 2).sum() for members in sets]
        )
        tau = float(SHARPER["tau"].subs({N: 6, alpha: sympy.Rational(f, 6)}))
        assert enumerated == pytest.approx(tau * (deviations**2).sum() / 6, rel=1e-12, abs=1e-15)
        assert lemma2.expectation(deviations, f=f) == pytest.approx(
            enumerated, rel=1e-12, abs=1e-15
        )


def test_bounds_hold_on_every_small_allocation():
    ratios = []
    rows = [row for row in itertools.product((0, 1), repeat=3) if any(row)]
    for S in itertools.product(rows, repeat=3):
        degree = [sum(column) for column in zip(*S, strict=True)]
        if min(degree) == 0:
            continue
        for gradients in itertools.product((-1, 0, 2), repeat=3):
            whole = sum(gradients)
            squares = sum(
                sum(F(g * held, d) for g, held, d in zip(gradients, row, degree, strict=True)) ** 2
                for row in S
            )
            beta_sq = max((g - F(whole, 3)) ** 2 for g in gradients)
            # r M/d_min (β² + ‖∇F‖²/M²)
            most = F(max(map(sum, S)) * 3, min(degree)) * (beta_sq + F(whole**2, 9))
            assert squares <= most
            ratios.append(squares / most if most else 0)
    assert len(ratios) > 5000
    assert max(ratios) > F(9, 10)


def test_the_sharper_bound_is_attained():
    # g = (3, 1): Σ = 10, and r M/d_min (1 + 16/4) = 10
    values = {N: 2, M: 2, r: 1, d_min: 1, beta: 1, G: 16}
    assert SHARPER["52"].subs(values) == 10
    assert PRINTED["52"].subs(values) == 20
    # One of the two is honest: (9 + 1)/2.
    sizes = {"N": 2, "M": 2, "r": 1, "d_min": 1, "beta": 1, "gradient_norm_sq": 16}
    assert lemma2.bound_sharp(alpha=F(1, 2), **sizes) == 5
    assert lemma2.expectation(((3,), (1,)), f=1) == 5
    assert lemma2.bound(alpha=F(1, 2), **sizes) == 10


def test_coded_gradients_worked_out_by_hand():
    # d = (3, 1, 1, 1): g_1 = f_1/3 + f_2, ...
    coded = small_instances.coded_gradients(
        small_instances.BALANCED, ((3, 0), (2, 1), (0, 5), (-1, 7))
    )
    assert coded.tolist() == [[3, 1], [1, 5], [0, 7]]
    assert small_instances.degrees(small_instances.CYCLIC) == [2, 2, 2, 2]
    # The third subset is on no device, and in no message.
    missing = small_instances.coded_gradients(((1, 1, 0), (1, 1, 0)), ((1,), (1,), (1,)))
    assert missing.tolist() == [[1], [1]]
    assert "9 > 4" in lemma2_expectation.check_coverage().evidence


SIZES = {
    "N": 5,
    "M": 10,
    "r": 4,
    "d_min": 2,
    "alpha": F(1, 5),
    "beta": 3,
    "gradient_norm_sq": 50,
}


def test_bounds_worked_out_by_hand():
    assert lemma2.phi1(N=5, alpha=F(1, 5)) == sympy.Rational(4, 5)
    # (4/5)(5 − 1 − 1)/4
    assert lemma2.phi2(N=5, alpha=F(1, 5)) == sympy.Rational(3, 5)
    # (1/5)(2·16)/((16/25)·5·4) 9.5 + (3/5)/((16/25)·25) 50 = 4.75 + 1.875
    assert lemma2.bound(**SIZES) == sympy.Rational(53, 8)
    # (1/5)(4·10)/((16/25)·25·2) 9.5 = 2.375
    assert lemma2.bound_sharp(**SIZES) == sympy.Rational(17, 4)
    floating = lemma2.bound(**{**SIZES, "alpha": np.array([0.2, 0.0])})
    np.testing.assert_allclose(floating, [6.625, 2.0], rtol=1e-14)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"N": 1}, "need N >= 2, got N=1"),
        ({"alpha": 1}, "need 0 <= alpha < 1, got alpha=1"),
        ({"alpha": -0.1}, "need 0 <= alpha < 1, got alpha=-0.1"),
        ({"r": 11}, "need 1 <= r <= M, got r=11, M=10"),
        ({"d_min": 0}, "need 1 <= d_min <= N, got d_min=0, N=5"),
        ({"d_min": 6}, "need 1 <= d_min <= N, got d_min=6, N=5"),
        ({"beta": float("nan")}, "need beta >= 0, got beta=nan"),
        ({"gradient_norm_sq": -1}, "need gradient_norm_sq >= 0, got gradient_norm_sq=-1"),
    ],
)
def test_bound_refuses(changed, message):
    for function in (lemma2.bound, lemma2.bound_sharp):
        with pytest.raises(ValueError, match=f"^{message}$"):
            function(**{**SIZES, **changed})


@pytest.mark.parametrize(
    ("messages", "f", "message"),
    [
        (np.zeros(3), 1, r"need coded of shape \(N, D\), got shape=\(3,\)"),
        (np.zeros((1, 2)), 0, "need N >= 2, got N=1"),
        (np.zeros((3, 2)), 3, "need 0 <= f < N, got f=3, N=3"),
        (np.zeros((3, 2)), -1, "need 0 <= f < N, got f=-1, N=3"),
    ],
)
def test_expectation_refuses(messages, f, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        lemma2.expectation(messages, f=f)
