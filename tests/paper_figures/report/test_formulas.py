"""Formulas in plain text, against what an author would write by hand."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_figures.report.formulas import typeset, wrapped
from paper_figures.report.writing import in_latex


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("α = 0", r"$\alpha = 0$"),
        ("CRA-DL (median), r = 40", "CRA-DL (median), $r = 40$"),
        ("RBA-DL, σ_H = 0.5", r"RBA-DL, $\sigma_H = 0.5$"),
        ("ν for r − r²/M", r"$\nu$ for $r - r^2/M$"),
        ("r - r^2/M", "$r - r^2/M$"),
        ("threshold on C_α", r"threshold on $C_\alpha$"),
        ("C_α² ≤ 1", r"$C_\alpha^2 \leq 1$"),
        ("γL/N = 8", r"$\gamma L/N = 8$"),
        ("k = −1", "$k = -1$"),
        ("% of F*", r"\% of $F^*$"),
        ("F − F* in per cent", "$F - F^*$ in per cent"),
        ("at x^t", "at $x^t$"),
        ("r_max > 2", r"$r_{\mathrm{max}} > 2$"),
        ("α=x", r"$\alpha=x$"),
        ("D = 1 (11 sizes), D = 2", "$D = 1$ (11 sizes), $D = 2$"),
        ("Theorem 1′", "Theorem 1$'$"),
        ("A-B and I am", "A-B and I am"),
        ("50 % of café", r"50 \% of caf\'{e}"),
        ("sign flipping coefficient -2", "sign flipping coefficient -2"),
    ],
)
def test_formulas_are_mathematics_and_words_are_not(text, written):
    assert typeset(text) == written


@given(
    st.text(st.characters(codec="ascii", exclude_categories=["Cc"], exclude_characters="=<>+/^_*-"))
)
def test_text_without_a_sign_of_formulas_is_text(text):
    assert typeset(text) == in_latex(text)


@given(st.text("rM α=−-²_^*/ 12,()$&"))
def test_dollars_come_in_pairs_and_no_formula_holds_what_ends_it(text):
    written = typeset(text)
    bare = re.sub(r"\\[$&%#_{}]", "", written)
    assert bare.count("$") % 2 == 0
    assert "&" not in bare
    assert written.isascii()


def test_a_line_does_not_end_within_a_formula():
    assert wrapped("Sample-duplicating attack, α = 0.4", 10) == [
        "Sample-",
        "duplicating",
        "attack,",
        r"$\alpha = 0.4$",
    ]
