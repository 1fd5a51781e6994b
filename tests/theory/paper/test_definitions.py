"""Test that planted faults in the rows of Sections II and III are found."""

import pytest
import sympy

from theory.paper import definitions
from theory.paper.definitions import curvature, places, x
from theory.proving.instances import Unproved


@pytest.mark.parametrize(
    "division",
    [((0, 1), (1, 2, 3), (4,)), ((0, 1), (2, 3), ()), ((0, 0), (1, 2), (3, 4))],
)
def test_a_sample_in_two_subsets_changes_the_loss(division, monkeypatch):
    assert definitions.check_3().verdict == "proved"
    monkeypatch.setattr(definitions, "DIVISIONS", (division,))
    with pytest.raises(Unproved, match="got a difference of"):
        definitions.check_3()


def planted(monkeypatch, losses):
    monkeypatch.setattr(definitions, "LOSSES", losses)
    monkeypatch.setattr(definitions, "TOTAL", sum(losses))


def test_losses_of_one_curvature_meet_the_assumptions(monkeypatch):
    for check in (definitions.check_9, definitions.check_10, definitions.check_11):
        assert check().verdict == "assumption"
    # With another curvature on one subset Assumption 2 fails, and F* moves.
    first, *rest = definitions.LOSSES
    planted(monkeypatch, (2 * first, *rest))
    assert definitions.check_9().verdict == "assumption"
    for check in (definitions.check_10, definitions.check_11):
        with pytest.raises(Unproved):
            check()
    # The loss is not quadratic: its second derivative is not L everywhere.
    planted(monkeypatch, tuple(curvature * (x - place) ** 4 for place in places))
    with pytest.raises(Unproved):
        definitions.check_9()


def test_least_squares_of_two_curvatures_has_no_beta():
    # f_1 = x²/2, f_2 = 0: ∇f_1 − ∇F/2 = x/2
    assert "without bound in x" in definitions.check_10().evidence
    gradients = x, sympy.Integer(0)
    assert gradients[0] - sum(gradients) / 2 == x / 2
