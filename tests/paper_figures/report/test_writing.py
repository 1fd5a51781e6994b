"""Numbers and names in the three formats."""

import math
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_figures.report.writing import (
    between,
    in_latex,
    in_markdown,
    num,
    number,
    siunitx,
    slug,
    value_of,
    with_half_width,
)

FINITE = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)


@pytest.mark.parametrize(
    ("value", "text", "latex"),
    [
        (6.2637, "6.26", r"\num{6.26}"),
        (0.123456, "0.123", r"\num{0.123}"),
        (-3.02e17, "−3.02 × 10¹⁷", r"\num{-3.02e17}"),
        (1.5e-7, "1.5 × 10⁻⁷", r"\num{1.5e-7}"),
        (5651.3, "5650", r"\num{5650}"),
        (99999.9, "1 × 10⁵", r"\num{1e5}"),
        (1712, "1712", r"\num{1712}"),
        (0, "0", r"\num{0}"),
        (-0.05, "−0.05", r"\num{-0.05}"),
        (math.inf, "∞", r"$\infty$"),
        (-math.inf, "−∞", r"$-\infty$"),
        (math.nan, "—", "---"),
    ],
)
def test_known_numbers(value, text, latex):
    assert number(value) == text
    assert num(value) == latex


def rounded(value, digits=3):
    """Round as decimals do: to so many significant digits of the float's exact value."""
    exact = Decimal(value)
    return float(round(exact, digits - 1 - exact.adjusted())) if exact else 0.0


@given(FINITE)
def test_what_is_written_is_the_value_to_three_digits_in_both_formats(value):
    integer = value.is_integer() and abs(value) < 1e6
    expected = value if integer else rounded(value)
    assert value_of(number(value)) == pytest.approx(expected, rel=1e-15)
    assert float(siunitx(value)) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("text", ["", "six", "6,2", "10⁵"])
def test_what_no_number_wrote_is_refused(text):
    with pytest.raises(ValueError, match=r"could not convert|decimal"):
        value_of(text)


@pytest.mark.parametrize(
    ("least", "largest", "written"),
    [
        (1.05, 195.3, r"\numrange{1.05}{195}"),
        (4, 4, r"\num{4}"),
        (5.65, math.inf, r"\num{5.65} to $\infty$"),
        (math.inf, math.inf, r"$\infty$"),
        (math.nan, math.nan, "---"),
    ],
)
def test_ranges(least, largest, written):
    assert between(least, largest) == written


@pytest.mark.parametrize(
    ("mean", "half_width", "written"),
    [
        (6.2637, 0.0871, "6.264 +- 0.087"),
        (30.19, 0.642, "30.19 +- 0.64"),
        (1234.5, 12.3, "1234 +- 12"),
        (0.5, 0.0996, "0.50 +- 0.10"),
        (0.5, 0.00000049, "0.5"),
        (7e18, 1e18, "7.0 +- 1.0e18"),
        (-3e7, 1.2e5, "-3.000 +- 0.012e7"),
        (15373, 1134, "1.54 +- 0.11e4"),
        (2, 2000, "0.0 +- 2.0e3"),
        (7e18, 1, "7e18"),
        (4, math.nan, "4"),
        (4, 0, "4"),
        (4, math.inf, "4"),
    ],
)
def test_intervals(mean, half_width, written):
    assert with_half_width(mean, half_width) == written


def test_no_character_of_latex_is_left_bare():
    text = r"50 % of α, σ_H & γ_1 # ~^\ {x} $ <3> − Theorem 1′"
    written = in_latex(text)
    assert written == (
        r"50 \% of $\alpha$, $\sigma_H$ \& $\gamma$\_1 \# "
        r"\textasciitilde{}\textasciicircum{}\textbackslash{} \{x\} \$ $<$3$>$ $-$ Theorem 1$'$"
    )
    assert written.isascii()


def test_markdown_keeps_a_cell_in_its_column():
    assert in_markdown("a | b\n`c` *d*") == r"a \| b \`c\` \*d\*"


@given(st.text())
def test_slugs_are_names_for_anchors_and_macros(text):
    assert re.fullmatch(r"([a-z0-9.]([a-z0-9.-]*[a-z0-9.])?)?", slug(text))


def test_slugs_spell_greek_letters():
    assert slug("CRA-DL (median), α = 0.1") == "cra-dl-median-alpha-0.1"
    assert slug("σ_H") == "sigma-h"
