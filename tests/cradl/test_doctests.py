"""The examples in docstrings give what they say."""

import doctest
import importlib

import pytest

EXAMPLES = (
    "cradl.aggregation",
    "cradl.allocation",
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
    "cradl.streams",
)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_right(name):
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried > 0
    assert failed == 0
