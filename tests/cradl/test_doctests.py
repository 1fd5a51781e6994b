"""The examples in docstrings give what they say."""

import doctest
import importlib

import pytest

EXAMPLES = (
    "cradl.allocation",
    "cradl.attacking.collusion",
    "cradl.attacking.single",
    "cradl.attacks",
    "cradl.config.files",
    "cradl.config.model",
    "cradl.methods",
    "cradl.numerics.designs",
    "cradl.numerics.spreads",
    "cradl.problems",
    "cradl.results.costs",
    "cradl.results.statistics",
    "cradl.results.tabular",
    "cradl.results.verdicts",
    "cradl.rule",
    "cradl.rules.clipping",
    "cradl.rules.coordinates",
    "cradl.rules.covariance",
    "cradl.rules.messages",
    "cradl.rules.subsets",
    "cradl.streams",
)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_right(name):
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried > 0
    assert failed == 0
