"""Test that the examples in docstrings return the stated results."""

import doctest
import importlib

import pytest

EXAMPLES = (
    "theory.beyond.second_eigenvalue",
    "theory.beyond.true_constants",
    "theory.paper.setting",
    "theory.paper.table1",
    "theory.paper.theorem1",
    "theory.proving.statement",
)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_right(name):
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried > 0
    assert failed == 0
