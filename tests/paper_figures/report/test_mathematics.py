"""Mathematics in ASCII, as LaTeX that says the same."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from paper_figures.report.mathematics import in_html, in_marked, pieces
from theory.ledger import ROWS


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("the d_k differ", "the $d_{k}$ differ"),
        ("C_alpha^2 <= 8/9", r"$C_{\alpha}^{2}$ ≤ 8/9"),
        ("r - r^2/M", "r − $r^{2}$/M"),
        ("d_min M = Nr", r"$d_{\min}$ M = Nr"),
        ("W_ik >= 0", "$W_{ik}$ ≥ 0"),
        ("sqrt(a + sqrt(b))", r"$\sqrt{a + \sqrt{b}}$"),
        ("4 (alpha/(1-2 alpha))^2", r"4 ($\alpha$/(1−2 $\alpha$\)$)^{2}$"),
        ("||nabla F||^2", r"‖$\nabla$ F$\Vert ^{2}$"),
        ("F - F* and x*", "F − $F^{*}$ and $x^{*}$"),
        ("phi1 and C_α²", r"$\phi_{1}$ and $C_{\alpha}^{2}$"),
        ("low_squares = 4", r"low squares \= 4"),
        ("well-known, L-smooth, j-th", "well-known, L-smooth, j-th"),
        ("honest -1, n-f", "honest −1, n−f"),
        ("see theory.rba.krum_score", "see theory.rba.krum\\_score"),
    ],
)
def test_known_texts(text, marked):
    assert in_marked(text) == marked


def test_code_stays_as_it_is():
    html = in_html("cradl.engine.algorithm.run_algorithm; x_1")
    assert html.startswith("<code>cradl.engine.algorithm.run_algorithm</code>; <math")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_nothing_of_the_ledger_stays_in_ascii(row):
    plain = "".join(one.text for one in pieces(row.says) if one.kind == "plain")
    assert not re.search(r"\w_\w|\^|<=|>=|\bsqrt|\b(alpha|beta|rho|lambda|nabla)\b", plain)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"])))
def test_any_text_can_be_written(text):
    assert "<script" not in in_html(f"<script>{text}").lower()
    in_marked(text)


@given(st.text("abc <>&\"'.,;()é中", max_size=30))
def test_prose_is_kept(text):
    words = re.sub(r"\b[abc]\b|[<>]|[)(]", "", text)
    if not re.search(r"_|\^|->|\|", words):
        assert in_html(words) == escape(words)
