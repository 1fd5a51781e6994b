"""What a study marks as assumed, found with the key that it speaks of."""

import pytest

from cradl.config.assumptions import Assumption, assumptions
from cradl.config.findings import StudyError

BASE = """\
# `# ASSUME:` marks a choice.
seed: 7 # ASSUME: any number.
# Not an assumption.
trials: 3
# ASSUME: two lines,
# of which this is the second.
datasets:
  # ASSUME: below the first key of its mapping.
  small: {M: 8}
experiments:
  one:
    curves: &same
      # ASSUME: about an item of a list.
      - {method: cra_dl}
  two:
    curves: *same
    # ASSUME: one,
    # ASSUME: and another, of the same key.
    alpha: 0.2
"""


def test_every_mark_has_its_text_and_its_key(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    found = assumptions(tmp_path / "base.yaml")
    assert [one[1:] for one in found] == [
        (2, "seed", "any number."),
        (5, "datasets", "two lines, of which this is the second."),
        (8, "datasets.small", "below the first key of its mapping."),
        (13, "experiments.one.curves[0]", "about an item of a list."),
        (17, "experiments.two.alpha", "one,"),
        (18, "experiments.two.alpha", "and another, of the same key."),
    ]


def test_those_of_an_extended_study_come_after_its_own(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    own = "extends: base.yaml\ntrials: 4 # ASSUME: more.\n"
    (tmp_path / "own.yaml").write_text(own, encoding="utf-8")
    found = assumptions(tmp_path / "own.yaml")
    assert found[0] == Assumption("own.yaml", 2, "trials", "more.")
    assert [one.file for one in found[1:]] == ["base.yaml"] * 6


def test_what_stands_in_a_value_is_no_comment(tmp_path):
    text = (
        "a: 'a # ASSUME: in quotes'\nb: |\n  # ASSUME: in a block\nc: x#ASSUME no space\n"
        'd: plain # ASSUME: after a plain value\ne: "# ASSUME: " # ASSUME: after quotes\n'
    )
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    found = [one[1:] for one in assumptions(tmp_path / "own.yaml")]
    assert found == [(5, "d", "after a plain value"), (6, "e", "after quotes")]


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(StudyError, match="need a readable UTF-8 file"):
        assumptions(tmp_path / "absent.yaml")
