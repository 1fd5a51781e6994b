"""Test the remarks with planted slips and against hand calculation."""

import pytest
import sympy

from theory.paper import redundancy, remarks, rho, theorem1, theorem2
from theory.paper.setting import Setting
from theory.paper.table1 import TABLE_I
from theory.proving.instances import Unproved
from theory.proving.statement import rows_of
from theory.proving.symbols import C_alpha, M, alpha, nu, r, rho_1, rho_2, rho_3, rho_4

ROWS = {row.name: row for module in (redundancy, remarks) for row in rows_of(module)}
VERDICTS = {"R2": "proved", "R3": "proved", "R4": "not applicable", "R5": "proved"}
VERDICTS |= {"41": "definition", "U28": "refuted", "U29": "refuted"}
KINDS = {"U28": "error", "U29": "outside its own hypotheses"}


@pytest.mark.parametrize("name", ROWS)
def test_rows_have_the_verdicts_that_the_report_gives(name):
    outcome = ROWS[name].check()
    assert outcome.verdict == VERDICTS[name]
    assert outcome.kind == KINDS.get(name, "")
    assert outcome.scope == ("general" if outcome.verdict == "proved" else "")
    assert outcome.evidence


@pytest.mark.parametrize(
    ("table", "key", "wrong", "name"),
    [
        (theorem1.PRINTED, "32", theorem1.PRINTED["32"] * 2, "R2"),
        (theorem1.PRINTED, "32", theorem1.PRINTED["32"].subs(r, M - r), "R2"),
        (theorem1.PRINTED, "32", theorem1.PRINTED["32"].subs(C_alpha, 1 / C_alpha), "R2"),
        (rho.GENERAL, rho_3, rho.GENERAL[rho_3] / r, "R2"),
        (rho.GENERAL, rho_1, rho.GENERAL[rho_1].subs(nu, 2 * nu), "R2"),
        (rho.GENERAL, rho_2, rho.GENERAL[rho_2] * 2, "R3"),
        (theorem2.PRINTED, "40", theorem2.PRINTED["40"] * 2, "R3"),
        (theorem2.PRINTED, "40", theorem2.PRINTED["40"].subs(r, M - r), "R3"),
        (rho.RHO, rho_1, 1 / rho.RHO[rho_1], "R5"),
        (rho.RHO, rho_4, rho.RHO[rho_4] * 2, "R5"),
        (rho.RHO, rho_2, rho.RHO[rho_2].subs(C_alpha, -C_alpha) / 2, "R5"),
        (
            TABLE_I,
            "faba",
            TABLE_I["faba"]._replace(c_alpha_squared=1 / TABLE_I["faba"].c_alpha_squared),
            "R5",
        ),
        (TABLE_I, "krum", TABLE_I["krum"]._replace(c_alpha_squared=1 - alpha), "R5"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else str(value)[:40],
)
def test_a_slip_of_the_pen_flips_the_proof(table, key, wrong, name, monkeypatch):
    monkeypatch.setitem(table, key, wrong)
    with pytest.raises(Unproved, match=r"^need "):
        ROWS[name].check()


def test_persistent_identities_keep_the_honest_mean_off_the_gradient():
    # Gradients x, x and x - 3 of three devices: their mean vanishes at 1; without device 3 at 0.
    evidence = ROWS["U28"].check().evidence
    assert (
        "ends at x = 0 if it stays, at 1 in the mean if redrawn, and the minimum is at 1"
        in evidence
    )
    # Losses (0 + 0 + 9)/2 and (1 + 1 + 4)/2.
    assert "losses 9/2 and 3" in evidence
    assert "verify/claims.csv" in evidence


def test_the_limit_of_equal_overlaps_falls_by_the_numbers_worked_out_by_hand():
    # C_alpha = 1/10, N = M = 3: the distance sqrt(2)/10 * 3/2 * (1 - r/3) is sqrt(2)/10 at r = 1
    # and sqrt(2)/20 at r = 2; the limit is 9 distance/(1 - 2 distance).
    for held, distance in ((1, sympy.sqrt(2) / 10), (2, sympy.sqrt(2) / 20)):
        setting = Setting(
            N=3, M=3, r=held, d_min=held, nu=1, c_alpha_squared=sympy.Rational(1, 100), beta=1
        )
        limit = theorem1.asymptotic_error(setting)
        assert sympy.simplify(limit - 9 * distance / (1 - 2 * distance)) == 0
        assert str(sympy.N(limit, 4)) in ROWS["R2"].check().evidence


def test_section_v_is_outside_by_the_factors_worked_out_by_hand():
    # C over 4 * 1000/(2 sqrt(2) * 100 * 38.4): squared, C^2 * 8 * 0.96^2 = 7.3728 C^2.
    evidence = ROWS["U29"].check().evidence
    for rule, share, squared, word in [
        ("median", 0.2, sympy.Rational(625, 8), "fails"),
        ("trimmed_mean", 0.03, sympy.Rational(582, 8836), "holds"),
        ("trimmed_mean", 0.4, 12, "fails"),
        ("phocas", 0.2, sympy.Rational(28, 3), "fails"),
    ]:
        factor = float(sympy.sqrt(sympy.Rational(73728, 10000) * squared))
        assert f"{rule} alpha={share} {factor:.3g} ({word})" in evidence


def test_the_limit_of_remark_four_is_the_one_of_the_theorem():
    # sqrt(2 C^2) = 0.3629 and 1 - r/M = 0.96: 10^6 * 0.3484 / (1 - 0.6969)
    assert "rho_3/rho_1 = 1.149 10^6 beta^2" in ROWS["R4"].check().evidence
