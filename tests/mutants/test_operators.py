"""Every kind of change is found in a toy module, and nothing that only names a result."""

import ast

import pytest
from mutants.operators import mutant, sites

MODULE = '''
"""Doubles: 2 times 3 is 6."""
import sympy
from typing import TYPE_CHECKING, cast
if TYPE_CHECKING:
    LEVELS = 3
def double(x: int | None, far: bool = False) -> "int | None":
    """Return 2 x."""
    if 0 <= x < 7 or not far:
        print(f"{x} is 1")
    name = "a" + str(x)
    return max(2 * cast("int | 1", x), -TABLE["x"]) if x is None else x ** 2
'''

PROOFS = """
import sympy
from sympy import Le, sqrt
STEPS: dict[str, Step] = {
    "a": Step(Le(x, y), (Le(x, 1), sympy.Ge(y, 1)), {x: 1, y: 1}),
    "b": Step(claim=Le(sqrt(x), 1), equality={x: 1}),
}
SUMS = Induction(Le(N, n), start={N: 0}, grows={N: N + 1}, given=(Le(N, 3),))
def check():
    identity(x, x + y - y)
    found = [STEPS[name].prove() for name in STEPS]
    if x != y:
        raise Unproved("no")
    return found
"""


def changes(source, *, proofs):
    """Return (kind, before, after) of all mutants, each of which must be valid code."""
    made = [mutant(source, site, proofs=proofs) for site in sites(source, proofs=proofs)]
    for one in made:
        compile(one.source, "mutant", "exec")
        assert ast.unparse(ast.parse(source)) != one.source
    return [(one.kind, one.before, one.after) for one in made]


def test_every_operator_number_and_branch_is_changed_once():
    found = changes(MODULE, proofs=False)
    small = sorted(one for one in found if one[0] not in ("branch", "operator", "comparison"))
    assert small == [
        (
            "extreme",
            "max(2 * cast('int | 1', x), -TABLE['x'])",
            "min(2 * cast('int | 1', x), -TABLE['x'])",
        ),
        ("number", "0", "1"),
        ("number", "2", "3"),
        ("number", "2", "3"),
        ("number", "7", "8"),
        ("statement", "print(f'{x} is 1')", "None"),
        ("truth", "False", "True"),
    ]
    assert [one[2] for one in found if one[0] == "comparison"] == [
        "0 < x < 7",
        "0 <= x <= 7",
        "x is not None",
    ]
    assert sorted(one[2] for one in found if one[0] == "operator") == sorted(
        ["0 <= x < 7 and (not far)", "+far", "x * 2", "2 / cast('int | 1', x)", "+TABLE['x']"]
    )
    assert [one[2].split(":")[0] for one in found if one[0] == "branch"] == ["if False"]


def test_lines_are_those_of_the_module():
    lines = MODULE.replace('"', "'").splitlines()
    for site in sites(MODULE, proofs=False):
        one = mutant(MODULE, site, proofs=False)
        assert one.before.split()[0].strip("(-") in lines[one.line - 1]


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("step removed", ['"b": Step(claim', '"a": Step(Le(x']),
        (
            "hypothesis dropped",
            ["Step(Le(x, y), (sympy.Ge(y, 1),)", "Step(Le(x, y), (Le(x, 1),)", "given=()"],
        ),
        (
            "hypothesis added",
            [
                "sympy.Ge(y, 1), sympy.Ge(x, y))",
                "equality={x: 1}, given=(sympy.Le(x, 0),))",
                "given=(Le(N, 3), sympy.Ge(N, n))",
            ],
        ),
        ("claim doubled", ["Le(x, 2 * y)", "Le(sqrt(x), 2 * 1)", "Le(N, 2 * n)"]),
        ("comparison deleted", ["None"]),
        ("step not proved", ["str()"]),
        ("refusal removed", ["if False:"]),
        (
            "relation",
            [
                "sympy.Lt(x, y)",
                "sympy.Lt(x, 1)",
                "sympy.Gt(y, 1)",
                "sympy.Lt(sqrt(x), 1)",
                "sympy.Lt(N, n)",
                "sympy.Lt(N, 3)",
            ],
        ),
    ],
)
def test_every_kind_of_change_inside_proofs(kind, parts):
    after = [one[2].replace("'", '"') for one in changes(PROOFS, proofs=True) if one[0] == kind]
    assert len(after) == len(parts)
    for part in parts:
        assert any(part in one for one in after), part
