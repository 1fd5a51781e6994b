"""Test the remarks with planted slips and against hand calculation."""

import pytest
import sympy

from theory.paper import remarks, rho, theorem1, theorem2
from theory.paper.table1 import TABLE_I
from theory.proving.instances import Unproved
from theory.proving.statement import rows_of
from theory.proving.symbols import C_alpha, M, alpha, r, rho_1, rho_2, rho_3

ROWS = {row.name: row for row in rows_of(remarks)}
VERDICTS = {"R2": "proved", "R3": "proved", "R4": "not applicable", "R5": "proved"}
VERDICTS |= {"41": "definition", "U28": "refuted", "U29": "refuted"}


@pytest.mark.parametrize("name", ROWS)
def test_rows_have_the_verdicts_that_the_report_gives(name):
    outcome = ROWS[name].check()
    assert outcome.verdict == VERDICTS[name]
    assert outcome.evidence


@pytest.mark.parametrize(
    ("table", "key", "wrong", "name"),
    [
        (theorem1.PRINTED, "32", theorem1.PRINTED["32"] * 2, "R2"),
        (theorem1.PRINTED, "32", theorem1.PRINTED["32"].subs(r, M - r), "R2"),
        (theorem1.PRINTED, "32", theorem1.PRINTED["32"].subs(C_alpha, 1 / C_alpha), "R2"),
        (rho.RHO, rho_3, rho.RHO[rho_3] / r, "R2"),
        (theorem2.PRINTED, "40", theorem2.PRINTED["40"] * 2, "R3"),
        (theorem2.PRINTED, "40", theorem2.PRINTED["40"].subs(r, M - r), "R3"),
        (rho.RHO, rho_1, 1 / rho.RHO[rho_1], "R5"),
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
    assert "verify/claims.csv" in evidence


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
    assert "rho_3/rho_1 = 1.149e+06 beta^2" in ROWS["R4"].check().evidence
