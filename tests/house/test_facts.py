"""The packages do not import each other: what each of them says of one fact, they say alike."""

from cradl.aggregation import RULES
from paper_figures.drawing import names
from theory.paper.table1 import TABLE_I
from theory.runs import judge_primed
from theory.runs.hypotheses import HYPOTHESES, NEEDED
from theory.runs.judge_paper import STATEMENTS


def test_rules_have_one_name():
    assert list(names.RULES) == list(TABLE_I)
    for rule, row in TABLE_I.items():
        # Table I writes the median out; legends put a name into the middle of a line.
        assert names.RULES[rule] == row.printed.removeprefix("Coordinate-wise ").capitalize() or (
            names.RULES[rule] == row.printed
        )
        assert RULES.printed(rule).lower() == names.RULES[rule].lower()


def test_every_hypothesis_has_a_label_in_its_order():
    sharpened = [one for one in judge_primed.HYPOTHESES if one not in HYPOTHESES]
    assert [*names.HYPOTHESES] == [*HYPOTHESES, *sharpened]
    assert {one for some in NEEDED.values() for one in some} == set(HYPOTHESES)


def test_every_statement_that_runs_are_judged_by_has_a_name():
    assert set(STATEMENTS) == set(NEEDED) <= set(names.STATEMENTS)
