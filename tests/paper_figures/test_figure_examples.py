"""The examples in docstrings give what they say."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "paper_figures.drawing.names",
        "paper_figures.report.layering",
        "paper_figures.report.writing",
    ],
)
def test_examples_are_right(name):
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried > 0
    assert failed == 0
