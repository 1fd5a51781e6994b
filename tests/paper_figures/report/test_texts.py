"""Whatever a study's texts are, each format of the report shows them and nothing else."""

import math
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from paper_figures.report import shown
from paper_figures.report.comparisons import comparison
from paper_figures.report.content import Assumed, Content, Picture
from paper_figures.report.headlines import headlines, macros
from paper_figures.report.page import markdown, page
from paper_figures.report.writing import in_latex, in_markdown, slug, slugs

sys.path.append(str(Path(__file__).parents[2] / "workflow"))
import itertools

from html_tables import Page

HOSTILE = [
    *("NA", "null", "None", "nan", "007", "1e3", "True", "-inf", " a ", "a, b", '"', "'", "<b>"),
    *("&", "&amp;", "$x$", r"_ % # { } ~ ^ \ ", r"\alpha", "|", "a|b", "[x]", "* a", "- a", "+ a"),
    *("1. a", "1) a", "= a", "# a", "> a", "`a`", "![a](b)", "<!-- a", "]]>", "</td>", "{{ a }}"),
    *("{% a %}", "--", "---", "''", "``", "?`", "!`", "a\nb", "median", "Median", "sharpened1"),
    *("中位数", "وسيط", "é", "e\u0301", "Łódź", "ǎ", "ế", "σ_H", "Ω", "−1", "-1", "1", "𝛼", "🙂"),
    *("\u200b", "\u00a0", "…", "“a”", "C_α² ≤ 1", "http://a.b", "\\", "\\\\", "\\|", "100%"),
]
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), min_size=1)


def content(texts):
    """Return a report whose tables have these texts wherever a study may write any."""
    losses = pd.DataFrame(
        {"experiment": "one", "curve": texts, "trials": 2, "excess %": 1.5, "excess % ±": math.nan}
    )
    claims = pd.DataFrame(
        {
            **{"claim": [f"c{place}" for place in range(len(texts))], "says": texts},
            **{"source": texts[::-1], "phase": "plateau", "supported": 1, "contradicted": 0},
            **{"undecided": 0, "least": 0.5, "most": 1.5, "unit": "%", "verdict": "supported"},
        }
    )
    return Content(
        study="texts",
        expected=[shown.LOSSES, shown.CLAIMS_SUMMARY],
        tables={shown.LOSSES: losses, shown.CLAIMS_SUMMARY: claims},
        figures=[Picture("one", texts[0], None, "")],
        sizes=[],
        settings=pd.DataFrame({"title": texts}),
        assumed=[Assumed("study.yaml", 1, "alpha", texts[0])],
        origins=[],
    )


def on_one_line(texts):
    return [" ".join(text.split()) for text in texts]


def html_shows(texts):
    read = Page(page(content(texts)))
    assert len(read.ids) == len(set(read.ids))
    found = {table.attributes.get("data-file"): table for table in read.tables}
    for file, column, expected in [
        (shown.LOSSES, "curve", texts),
        (shown.CLAIMS_SUMMARY, "says", texts),
        (shown.CLAIMS_SUMMARY, "source", texts[::-1]),
    ]:
        at = found[file].columns.index(column)
        assert [cells[at] for _, cells in found[file].rows] == expected


def markdown_shows(texts):
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown(content(texts)))
    cells, row = [], []
    for token, inner in itertools.pairwise(tokens):
        if token.type == "tr_open":
            row = []
            cells.append(row)
        if token.type in ("td_open", "th_open"):
            row.append(inner)
    heads = [[cell.content for cell in row] for row in cells]
    for head, column, expected in [
        ("Curve", 1, texts),
        ("Claim", 0, texts),
        ("Source", 2, texts[::-1]),
        ("title", 0, texts),
    ]:
        start = next(place for place, row in enumerate(heads) if row[column : column + 1] == [head])
        rows = cells[start + 1 : start + 1 + len(texts)]
        assert [plain(row[column]) for row in rows] == on_one_line(expected)
        assert {len(row) for row in rows} == {len(cells[start])}


def plain(cell):
    """Return the text of a cell, in which nothing is marked up."""
    assert {child.type for child in cell.children} <= {"text"}
    return "".join(child.content for child in cell.children).strip()


def test_hostile_texts():
    html_shows(HOSTILE)
    markdown_shows(HOSTILE)


@settings(max_examples=25, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4, unique=True))
def test_any_text(texts):
    html_shows(texts)
    markdown_shows(texts)


@given(TEXTS)
def test_a_text_is_one_entry_of_a_list(text):
    expected = " ".join(text.split())
    html = MarkdownIt("commonmark").parse(f"- {in_markdown(text)} (here)")
    kinds = [token.type for token in html]
    assert kinds.count("list_item_open") == kinds.count("inline") == 1
    (inline,) = [token for token in html if token.type == "inline"]
    assert plain(inline) == f"{expected} (here)".strip()


def test_a_label_that_is_a_key_of_ours_is_shown_as_it_is():
    html = page(content(["median", "sharpened1"]))
    assert "<td>median</td>" in html
    assert "<td>sharpened1</td>" in html


# How TeX reads what stands for a character.
READ = {
    **{rf"\{special}": special for special in "{}$&#%_"},
    **{r"\textbackslash{}": "\\", r"\textasciicircum{}": "^", r"\textasciitilde{}": "~"},
    **{f"${sign}$": sign for sign in "<>|"},
    **{"{[}": "[", "{*}": "*", "{}": ""},
}


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_ascii_comes_back_from_latex(text):
    written = in_latex(text)
    assert not re.search(r"--|``|''|[?!]`|\\\\|^[\[*]", written)
    pattern = "|".join(re.escape(one) for one in READ)
    assert re.sub(pattern, lambda found: READ[found[0]], written) == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("café Łódź", r"caf\'{e} \L{}\'{o}d\'{z}"),
        ("e\u0301", r"\'{e}"),
        ("ΔΩ ≤ ∞", r"$\Delta$$\Omega$ $\leq$ $\infty$"),
        ("中a", r"\ifdefined\Umathchar 中\else U+4E2D\fi{}a"),
        ("عر b", r"\ifdefined\Umathchar عر\else U+0639 U+0631\fi{} b"),
        ("a\n\n  b", "a b"),
        ("– — “a”", "{--} {---} {``}a{''}"),
    ],
)
def test_letters_beyond_ascii_in_latex(text, written):
    assert in_latex(text) == written


def test_pdflatex_sets_every_text(tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("TeX is not installed")
    letters = [chr(code) for code in (*range(0xA1, 0x250), *range(0x391, 0x3CA))]
    signs = [chr(code) for code in (*range(0x2010, 0x2060), *range(0x2200, 0x2270))]
    rows = [in_latex(text) + r" & 1 \\" for text in [*HOSTILE, *letters, *signs]]
    body = "\n".join(rf"\begin{{tabular}}{{ll}} a & b \\ {row} \end{{tabular}}\par" for row in rows)
    text = "\\documentclass{article}\n\\begin{document}\n" + body + "\n\\end{document}\n"
    (tmp_path / "texts.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "texts.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-1000:]


def test_rows_of_latex_tables_have_as_many_cells_as_heads():
    written = comparison(content(HOSTILE).tables[shown.LOSSES], {})
    rows = [line for line in written.splitlines() if line.endswith(r" \\")]
    assert len(rows) == 2 + len(HOSTILE)
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {1}


def keys(texts):
    found = headlines({shown.LOSSES: content(texts).tables[shown.LOSSES]})
    return [headline.key for headline in found]


@given(st.lists(TEXTS, min_size=1, max_size=6, unique=True), st.randoms())
def test_keys_are_unique_whatever_the_order(texts, random):
    named = dict(zip(texts, keys(texts), strict=True))
    assert len(set(named.values())) == len(texts)
    mixed = random.sample(texts, len(texts))
    assert dict(zip(mixed, keys(mixed), strict=True)) == named
    for text, key in named.items():
        assert re.fullmatch(r"excess\.one\.[a-z0-9.-]+", key)
        others = [slug(other) for other in texts if other != text]
        if slug(text) and slug(text) not in others:
            assert key == f"excess.one.{slug(text)}"


def test_keys_of_labels_that_differ_in_capitals_signs_or_accents():
    labels = ["Median", "median", "-1", "1", "−1", "é", "è", "中", "文", "Krum"]
    found = keys(labels)
    assert len(set(found)) == len(labels)
    assert found[-1] == "excess.one.krum"
    assert found[0].startswith("excess.one.median-")


def test_a_name_with_digits_may_itself_be_a_text():
    first = slugs(["Median", "median"])["Median"]
    found = slugs(["Median", "median", first])
    assert len(set(found.values())) == 3


def test_experiments_that_differ_in_capitals_have_keys_of_their_own():
    table = pd.DataFrame(
        {"experiment": ["fig", "Fig"], "curve": "MA", "excess %": 1.0, "excess % ±": math.nan}
    )
    found = [headline.key for headline in headlines({shown.LOSSES: table})]
    assert len(set(found)) == 2


def test_the_macros_stay_in_their_lines():
    numbers = headlines({shown.LOSSES: content(["a\n\\bad", "b\u2028c", "d"]).tables[shown.LOSSES]})
    lines = macros(numbers, "texts").splitlines()
    ours = lines[-1 - 2 * len(numbers) : -1]
    assert all(line.startswith("% one, ") for line in ours[::2])
    assert all(line.startswith(r"\cradl@set{excess.one.") for line in ours[1::2])
