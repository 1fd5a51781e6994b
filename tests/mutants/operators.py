"""Change a module in one place: the ways in which a slip of the pen can weaken it.

Strings, annotations and docstrings are left alone: they say what a result is called and do not
decide it.
"""

import ast
from collections.abc import Iterator
from typing import NamedTuple

SWAPPED = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.USub: ast.UAdd,
    ast.Not: ast.UAdd,
}
RELATIONS = {"Le": "Lt", "Lt": "Le", "Ge": "Gt", "Gt": "Ge", "Eq": "Ge"}
STEPS = ("Step", "Induction")
COMPARED = ("identity", "need", "violated", "need_equal", "prove", "check", "floats", "require")


class Mutant(NamedTuple):
    """A module with one change.

    Attributes
    ----------
    kind
        What was changed.
    line
        Line of the original.
    before, after
        The changed part, as code.
    source
        The whole module.
    """

    kind: str
    line: int
    before: str
    after: str
    source: str


class Site(NamedTuple):
    """A place in a module that can be changed: its number in a walk, and which change of it."""

    index: int
    number: int
    kind: str


def sites(source: str, *, proofs: bool) -> list[Site]:
    """Return every site of a module: those inside proofs, or all others."""
    tree = ast.parse(source)
    plain = set(_plain(tree))
    return [
        Site(index, number, kind)
        for index, node in enumerate(ast.walk(tree))
        if index not in plain and hasattr(node, "lineno")
        for number, (kind, _) in enumerate(_changes(node, proofs=proofs))
    ]


def mutant(source: str, site: Site, *, proofs: bool) -> Mutant | None:
    """Return the mutant of a site; None if the change leaves the code as it is."""
    tree = ast.parse(source)
    node = next(one for at, one in enumerate(ast.walk(tree)) if at == site.index)
    before, line = ast.unparse(node), node.lineno
    _changes(node, proofs=proofs)[site.number][1](node)
    after = ast.unparse(node)
    text = ast.unparse(ast.fix_missing_locations(tree))
    return Mutant(site.kind, line, before[:300], after[:300], text) if after != before else None


def _plain(tree: ast.AST) -> Iterator[int]:
    """Yield the places, in the order of a walk, that are no code: annotations and type aliases."""
    spared = set()
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            if getattr(node, name, None) is not None:
                spared |= {id(part) for part in ast.walk(getattr(node, name))}
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            spared |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "cast":
            spared |= {id(part) for part in ast.walk(node.args[0])}
    yield from (index for index, node in enumerate(ast.walk(tree)) if id(node) in spared)


def _changes(node, *, proofs):
    """Return the ways to change a node in place, by kind."""
    return list(_inside_proofs(node)) if proofs else list(_anywhere(node))


def _anywhere(node):
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        yield "comparison", lambda one: _swap_first(one)
    elif isinstance(node, ast.BinOp | ast.BoolOp | ast.UnaryOp) and type(node.op) in SWAPPED:
        # A union of types is no arithmetic, and a string is not divided.
        if not _textual(node):
            yield "operator", lambda one: setattr(one, "op", SWAPPED[type(one.op)]())
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "truth", lambda one: setattr(one, "value", not one.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield "number", lambda one: setattr(one, "value", one.value + 1)
    elif isinstance(node, ast.If):
        yield "branch", lambda one: setattr(one, "test", ast.Constant(False))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "statement", lambda one: setattr(one, "value", ast.Constant(None))
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("min", "max", "any", "all"):
        other = {"min": "max", "max": "min", "any": "all", "all": "any"}
        yield "extreme", lambda one: setattr(one.func, "id", other[one.func.id])


def _textual(node):
    return any(isinstance(part, ast.JoinedStr) for part in ast.walk(node)) or any(
        isinstance(part, ast.Constant) and isinstance(part.value, str) for part in ast.walk(node)
    )


def _swap_first(one):
    one.ops[0] = SWAPPED[type(one.ops[0])]()


def _called(node):
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name


def _inside_proofs(node):
    if isinstance(node, ast.Call):
        if _called(node) in STEPS:
            yield from _of_step(node)
        elif _called(node) in RELATIONS:
            yield "relation", _relating
    elif isinstance(node, ast.Expr | ast.Assign) and isinstance(node.value, ast.Call):
        if isinstance(node, ast.Expr) and _called(node.value) in COMPARED:
            yield "comparison deleted", lambda one: setattr(one, "value", ast.Constant(None))
        if isinstance(node, ast.Assign) and _called(node.value) == "prove":
            yield "step not proved", lambda one: setattr(one, "value", ast.Constant(""))
    elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) in ("STEPS", "INDUCTIONS"):
        for place in range(len(node.value.keys)):
            yield "step removed", _removing(place)


def _of_step(node):
    given = [*node.args[1:2], *(part.value for part in node.keywords if part.arg == "given")]
    for hypotheses in given:
        if isinstance(hypotheses, ast.Tuple):
            at = [*ast.walk(node)].index(hypotheses)
            for place in range(len(hypotheses.elts)):
                yield "hypothesis dropped", _dropping(at, place)
            yield "hypothesis added", _adding(at)
    if node.args or node.keywords:
        yield "claim doubled", _doubling


def _dropping(at, place):
    def change(call):
        del [*ast.walk(call)][at].elts[place]

    return change


def _adding(at):
    def change(call):
        hypotheses = [*ast.walk(call)][at]
        claim = call.args[0] if call.args else call.keywords[0].value
        called = {id(part.func) for part in ast.walk(claim) if isinstance(part, ast.Call)}
        names = [
            part.id
            for part in ast.walk(claim)
            if isinstance(part, ast.Name) and id(part) not in called and not part.id.isupper()
        ]
        chosen = list(dict.fromkeys(names))[:2]
        if len(chosen) == 2:
            added = ast.parse(f"sympy.Ge({chosen[0]}, {chosen[1]})", mode="eval").body
            hypotheses.elts.append(added)

    return change


def _doubling(call):
    claim = call.args[0] if call.args else next(k.value for k in call.keywords if k.arg == "claim")
    if isinstance(claim, ast.Call) and len(claim.args) >= 2:
        claim.args[1] = ast.BinOp(ast.Constant(2), ast.Mult(), claim.args[1])


def _removing(place):
    def change(assigned):
        del assigned.value.keys[place]
        del assigned.value.values[place]

    return change


def _relating(call):
    name = RELATIONS[_called(call)]
    if isinstance(call.func, ast.Attribute):
        call.func.attr = name
    else:
        # Every module with relations imports sympy.
        call.func = ast.parse(f"sympy.{name}", mode="eval").body
