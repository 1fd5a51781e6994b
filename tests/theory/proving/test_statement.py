"""Each statement uses known statements without a cycle, and is decided once, after them."""

import sys
from types import ModuleType

import pytest
import sympy
from latex2mathml.converter import convert
from sympy import Eq, Le, Lt, Min, Rational, Symbol, sqrt

from theory.proving.instances import Unproved
from theory.proving.proofs import Outcome
from theory.proving.statement import decide, order_of_proof, rows_of, statement, with_used
from theory.proving.symbols import F_0, C_alpha, D, F_star, G, M, N, alpha, d_min, gamma_0, latex, r


def row(name, *uses, calls=None, verdict="proved"):
    @statement(name, place="", form="identity", says="", latex="", uses=uses, test="")
    def check():
        if calls is not None:
            calls.append(name)
        judged = {"proved": {"scope": "general"}, "refuted": {"kind": "error"}}
        return Outcome(verdict, "none", "none", **judged.get(verdict, {}))

    return check


def test_what_is_used_is_decided_first_and_once():
    # 4 uses 2 and 3, which both use 1: the paper's order is not the order of proof.
    calls = []
    uses = {"4": ("2", "3"), "2": ("1",), "3": ("1",), "1": ()}
    decisions = decide([row(name, *used, calls=calls) for name, used in uses.items()])
    assert sorted(calls) == ["1", "2", "3", "4"]
    assert (calls[0], calls[-1]) == ("1", "4")
    assert decisions.keys() == uses.keys()
    assert decisions["4"].outcome == Outcome("proved", "none", "none", scope="general")
    assert decisions["4"].seconds >= 0


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row("12"), row("12")], "need every statement once, got 12 more than once"),
        ([row("12", "44")], "need statements of the ledger, got 12 using 44"),
        (
            [row("12", "44"), row("44", "43"), row("43", "12")],
            "need statements that do not use each other, got 12 uses 44 uses 43 uses 12",
        ),
        ([row("12", "12")], "need statements that do not use each other, got 12 uses 12"),
    ],
)
def test_what_cannot_be_ordered_is_refused(rows, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        order_of_proof(rows)
    with pytest.raises(ValueError, match=message):
        decide(rows)


def test_nothing_true_rests_on_what_is_refuted():
    false = row("U2", verdict="refuted")
    with pytest.raises(Unproved, match="need true statements under 12, got U2, refuted"):
        decide([row("12", "U2"), false])
    # A refuted statement may use another one.
    assert len(decide([row("U8", "U2", verdict="refuted"), false])) == 2


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Outcome("proved", "", ""), "need as scope of 12 one of general, instances"),
        (Outcome("proved", "", "", scope="all"), "'all'"),
        (
            Outcome("proved", "", "", scope="general", kind="error"),
            "need as kind of 12 one of none",
        ),
        (Outcome("refuted", "", ""), "need as kind of 12 one of error, misprint"),
        (Outcome("refuted", "", "", kind="wrong"), "'wrong'"),
        (Outcome("definition", "", "", scope="general"), "need as scope of 12 one of none"),
    ],
)
def test_a_proof_has_a_scope_and_a_refutation_a_kind(outcome, told):
    made = statement("12", place="", form="identity", says="", latex="", test="")
    with pytest.raises(ValueError, match=told):
        decide([made(lambda: outcome)])


def test_an_unknown_verdict_is_refused():
    with pytest.raises(ValueError, match=r"need as verdict of 12 one of definition, .*'true'"):
        decide([row("12", verdict="true")])


def test_with_used_follows_every_path_and_keeps_the_order():
    rows = [row("4", "2"), row("2", "1"), row("1"), row("3", "1")]
    assert [one.name for one in with_used(rows, ["2"])] == ["2", "1"]
    assert [one.name for one in with_used(rows, ["4", "3"])] == ["4", "2", "1", "3"]
    assert with_used(rows, []) == []


def test_a_statement_is_its_check():
    decided = row("12", verdict="refuted")
    assert decided().verdict == "refuted"
    assert (decided.name, decided.uses) == ("12", ())


SOURCE = """
from theory.paper.descent_proofs import check_24
from theory.proving.proofs import Outcome
from theory.proving.statement import statement

def made(name):
    return statement(name, place="", form="identity", says="", latex="", test="")

@made("2")
def second():
    return Outcome("proved", "none", "none")

@made("1")
def first():
    return Outcome("proved", "none", "none")
"""


def test_rows_of_a_module_are_its_own_in_the_order_of_its_source():
    module = ModuleType("throw_away")
    exec(SOURCE, module.__dict__)
    assert "throw_away" not in sys.modules
    assert [one.name for one in rows_of(module)] == ["2", "1"]


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (r"x^* = \arg\min_x F(x)", r"x^* = \arg\min_x F(x)"),
        (C_alpha**2, r"C_{\alpha}^{2}"),
        (d_min**2, r"d_{\min}^{2}"),
        (F_0 - F_star, "F(x^0) - F^*"),
        (F_star - F_0, "F^* - F(x^0)"),
        (G / M**2, r"\frac{\|\nabla F\|^2}{M^{2}}"),
        (gamma_0**2, r"\left(\gamma^0\right)^{2}"),
        # A subtracted term comes last.
        (N + 1 - N * alpha, r"N + 1 - N \alpha"),
        (1 / N - C_alpha / M, r"\frac{1}{N} - \frac{C_{\alpha}}{M}"),
        (r - r**2 / M, r"r - \frac{r^{2}}{M}"),
        (sqrt(2) * Rational(1, 3), r"\frac{\sqrt{2}}{3}"),
        (Min(sqrt(D), 2), r"\min\left(2, \sqrt{D}\right)"),
        # A name in LaTeX stays as it is, on one side of a relation.
        (Le(Symbol(r"\max_i \|g_i\|_2"), 2 * M), r"\max_i \|g_i\|_2 \leq 2 M"),
        (
            (Lt(r, M), r"\text{ at }", Eq(d_min, N)),
            r"r < M \text{ at } d_{\min} = N",
        ),
    ],
)
def test_latex_reads_as_in_print(printed, expected):
    assert latex(printed) == expected
    assert convert(expected).startswith("<math")


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ({"name": "Foo"}, "need an equation's number, T1.1 to T1.6, or R, U, S or K with a number"),
        ({"form": "guess"}, "need a form among definition, .* for 1, got guess"),
        # A tuple of one name needs its comma.
        ({"uses": "17"}, "need a tuple of names that 1 uses, got '17'"),
        ({"latex": sympy.true}, "need a formula for 1 that sympy does not evaluate"),
    ],
)
def test_a_slip_in_an_attribute_is_refused(attributes, told):
    given = {"name": "1", "place": "", "form": "identity", "says": "", "latex": "", "test": ""}
    name = (given := given | attributes).pop("name")
    with pytest.raises(ValueError, match=told):
        statement(name, **given)(lambda: None)
