"""Rows are given by name; tables check what is assigned and never lose a row of their own."""

import re

import numpy as np
import pytest

from cradl.aggregation import RULES, Rule
from cradl.allocation import ALLOCATIONS, Allocation
from cradl.attacks import ATTACKS, Attack
from cradl.datasets import DATASETS, DataGenerator
from cradl.methods import METHODS, Method
from cradl.problems import PROBLEMS, ModelProblem, Problem

TABLES = {
    "RULES": (RULES, Rule),
    "ATTACKS": (ATTACKS, Attack),
    "METHODS": (METHODS, Method),
    "ALLOCATIONS": (ALLOCATIONS, Allocation),
    "DATASETS": (DATASETS, DataGenerator),
    "PROBLEMS": (PROBLEMS, Problem),
}
KINDS = {"PROBLEMS": (Problem, ModelProblem)}
"""Tables with rows of several kinds."""


def first(messages, f):
    return messages[0]


MINE = Rule(aggregate=first, max_f=lambda N: N - 1, contracts=frozenset())


@pytest.mark.parametrize("title", TABLES)
def test_every_table_has_rows_of_its_kind_with_printed_names(title):
    table, kind = TABLES[title]
    assert len(table)
    for name, row in table.items():
        assert type(row) in KINDS.get(title, (kind,))
        assert table.printed(name)
    assert len({table.printed(name) for name in table}) == len(table)


@pytest.mark.parametrize("title", TABLES)
def test_another_kind_of_row_is_refused_with_its_place(title):
    table, kind = TABLES[title]
    for row in (next(iter((ATTACKS if table is RULES else RULES).values())), first, None):
        kinds = " or ".join(f"{one.__name__}(...)" for one in KINDS.get(title, (kind,)))
        message = f"need a row {kinds} for {title}['mine'], got a"
        with pytest.raises(TypeError, match=re.escape(message)):
            table["mine"] = row
    assert "mine" not in table


@pytest.mark.parametrize("title", TABLES)
def test_no_row_is_replaced_or_taken_from_the_table(title):
    table, _ = TABLES[title]
    name, row = next(iter(table.items()))
    for change in (
        lambda: table.__setitem__(name, row),
        lambda: table.update({name: row}),
        lambda: table.__delitem__(name),
        lambda: table.pop(name),
        table.clear,
    ):
        with pytest.raises(ValueError, match=re.escape(f"{title}['")):
            change()
    assert table[name] is row


def test_a_row_is_added_once_and_can_be_taken_away():
    RULES["mine"] = MINE
    with pytest.raises(
        ValueError, match=r"need a name that RULES does not have, got RULES\['mine'\]"
    ):
        RULES["mine"] = MINE
    assert RULES["mine"](np.eye(3), f=0).tolist() == [1, 0, 0]
    assert RULES.printed("mine") == "mine"
    del RULES["mine"]
    assert "mine" not in RULES


@pytest.mark.parametrize("name", ["", "a b", "a.b", "../a", "7", "ä", 7, None])
def test_a_name_that_no_study_can_write_is_refused(name):
    with pytest.raises(ValueError, match=r"need a name of letters, digits and _, got RULES\["):
        RULES[name] = MINE


@pytest.mark.parametrize(
    ("title", "given", "named", "told"),
    [
        # As plugins wrote rows when fields had no names.
        (
            "RULES",
            (first, max, frozenset(), True),
            {},
            "Rule(aggregate=..., max_f=..., contracts=...)",
        ),
        (
            "RULES",
            (first,),
            {"max_f": max, "contracts": frozenset(), "coordinatewise": True},
            "whether it is coordinatewise is one of the contracts",
        ),
        ("ATTACKS", (first, None, None), {}, "Attack(craft=..., parameters=...)"),
        ("METHODS", ("X", None, first, first, True, False), {}, "Method(encode=..., decode=...)"),
        ("ALLOCATIONS", (first, first), {}, "Allocation(allocate=..., requirement=...)"),
        ("DATASETS", (first, None), {"labels": True}, "DataGenerator(draw=..., parameters=...)"),
        ("PROBLEMS", (first,), {}, "Problem(loss=..., slope=..., labels=..., smoothness=..., "),
        ("RULES", (), {}, "got no aggregate, no max_f, no contracts"),
        (
            "RULES",
            (),
            {"aggregate": first, "max_g": max},
            "got no max_f, no contracts, an unknown max_g",
        ),
    ],
)
def test_a_row_in_another_form_is_refused_with_the_form(title, given, named, told):
    with pytest.raises(TypeError, match=re.escape(told)):
        TABLES[title][1](*given, **named)


def test_a_rule_promises_what_is_tested():
    with pytest.raises(ValueError, match=r"need contracts among bounded, .*, got robust"):
        Rule(aggregate=first, max_f=max, contracts=frozenset({"robust"}))


def test_a_changed_row_has_no_printed_name_of_another():
    assert RULES["krum"]._replace(aggregate=first).name == ""
    assert RULES["krum"]._replace(name="Mine").name == "Mine"
    assert RULES["krum"].name == "Krum"


@pytest.mark.parametrize(
    ("title", "changes", "told"),
    [
        ("RULES", {"contracts": ["permutation"]}, "need a set of contracts, as in frozenset"),
        ("RULES", {"contracts": "permutation"}, "need a set of contracts, as in frozenset"),
        ("RULES", {"max_f": 3}, "need a function max_f of Rule(...), got a int"),
        ("RULES", {"aggregate": None}, "need a function aggregate of Rule(...), got a NoneType"),
        ("ATTACKS", {"parameters": dict}, "Attack(parameters=...), got <class 'dict'>"),
        ("DATASETS", {"parameters": None}, "DataGenerator(parameters=...), got None"),
        ("METHODS", {"decode": 1}, "need a function decode of Method(...), got a int"),
        ("ALLOCATIONS", {"requirement": True}, "need a function requirement of Allocation(...)"),
        ("PROBLEMS", {"minimum": 0.0}, "need a function minimum of Problem(...), got a float"),
        ("PROBLEMS", {"los": first}, "got an unknown los"),
    ],
)
def test_a_row_with_a_wrong_value_is_refused(title, changes, told):
    row = next(iter(TABLES[title][0].values()))
    with pytest.raises(TypeError, match=re.escape(told)):
        row._replace(**changes)
