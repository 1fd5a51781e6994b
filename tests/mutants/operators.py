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
OTHER = {"min": "max", "max": "min", "any": "all", "all": "any"}
RELATIONS = {"Le": "Lt", "Lt": "Le", "Ge": "Gt", "Gt": "Ge", "Eq": "Ge"}
STEPS = ("Step", "Induction")
COMPARED = ("identity", "implied", "need", "violated", "need_equal", "check", "floats", "require")


class Mutant(NamedTuple):
    """A module with one change.

    Attributes
    ----------
    kind
        What was changed.
    line, code
        Number of the line in the original, and what stands on it.
    before, after
        The changed part, as code.
    source
        The whole module.
    """

    kind: str
    line: int
    code: str
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
    if after == before:
        return None
    code = source.splitlines()[line - 1].strip()
    text = ast.unparse(ast.fix_missing_locations(tree))
    return Mutant(site.kind, line, code, before[:300], after[:300], text)


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
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            if type(operator) in SWAPPED:
                yield "comparison", _swapping(place)
    elif isinstance(node, ast.BinOp | ast.BoolOp | ast.UnaryOp):
        # A union of types is no arithmetic, and a string is not divided.
        if type(node.op) in SWAPPED and not _textual(node):
            yield "operator", lambda one: setattr(one, "op", SWAPPED[type(one.op)]())
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield "truth", lambda one: setattr(one, "value", not one.value)
        elif isinstance(node.value, int | float):
            yield "number", lambda one: setattr(one, "value", one.value + 1)
    else:
        yield from _of_a_statement(node)


def _of_a_statement(node):
    if isinstance(node, ast.If):
        yield "branch", lambda one: setattr(one, "test", ast.Constant(False))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield "statement", lambda one: setattr(one, "value", ast.Constant(None))
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in OTHER:
        yield "extreme", lambda one: setattr(one.func, "id", OTHER[one.func.id])


def _textual(node):
    """Tell whether an operation joins strings, or a path and a string."""
    return isinstance(node, ast.BinOp) and any(
        isinstance(part, ast.JoinedStr)
        or (isinstance(part, ast.Constant) and isinstance(part.value, str))
        or _textual(part)
        for part in (node.left, node.right)
    )


def _swapping(place):
    def change(one):
        one.ops[place] = SWAPPED[type(one.ops[place])]()

    return change


def _called(node):
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _inside_proofs(node):
    if isinstance(node, ast.Call):
        if _called(node) in STEPS:
            yield from _of_step(node)
        elif _called(node) in RELATIONS:
            yield "relation", _relating
        elif _called(node) == "prove" and not node.args:
            # The empty string takes the place of the words that it returns.
            yield "step not proved", lambda one: setattr(one, "func", ast.Name("str"))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        if _called(node.value) in COMPARED:
            yield "comparison deleted", lambda one: setattr(one, "value", ast.Constant(None))
    elif isinstance(node, ast.If) and any(isinstance(part, ast.Raise) for part in node.body):
        yield "refusal removed", lambda one: setattr(one, "test", ast.Constant(False))
    elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) in ("STEPS", "INDUCTIONS"):
        for place in range(len(node.value.keys)):
            yield "step removed", _removing(place)


def _of_step(node):
    hypotheses = _hypotheses(node)
    if isinstance(hypotheses, ast.Tuple):
        for place in range(len(hypotheses.elts)):
            yield "hypothesis dropped", _dropping(place)
    if hypotheses is None or isinstance(hypotheses, ast.Tuple):
        yield "hypothesis added", _adding
    if _claim(node) is not None:
        yield "claim doubled", _doubling


def _claim(call):
    return call.args[0] if call.args else _keyword(call, "claim")


def _hypotheses(call):
    """Return the hypotheses of a step; None if it has none."""
    place = 1 if _called(call) == "Step" else 3
    return call.args[place] if len(call.args) > place else _keyword(call, "given")


def _keyword(call, name):
    return next((part.value for part in call.keywords if part.arg == name), None)


def _dropping(place):
    def change(call):
        del _hypotheses(call).elts[place]

    return change


def _adding(call):
    """Add that the first symbol of the claim is at least the second, or at most zero if alone."""
    claim = _claim(call)
    called = {id(part.func) for part in ast.walk(claim) if isinstance(part, ast.Call)}
    # One capital is a symbol, several are a table.
    names = [
        part.id
        for part in ast.walk(claim)
        if isinstance(part, ast.Name)
        and id(part) not in called
        and part.id != "sympy"
        and (len(part.id) == 1 or not part.id.isupper())
    ]
    first, second, *_ = [*dict.fromkeys(names), "0", "0"]
    added = ast.parse(f"sympy.{'Le' if second == '0' else 'Ge'}({first}, {second})", mode="eval")
    if first == "0":
        return
    if _hypotheses(call) is None:
        call.keywords.append(ast.keyword("given", ast.Tuple([], ast.Load())))
    _hypotheses(call).elts.append(added.body)


def _doubling(call):
    claim = _claim(call)
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
