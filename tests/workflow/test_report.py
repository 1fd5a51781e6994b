"""The report of a finished study: every number is its file's, and the page works in a browser.

``pytest tests/workflow/test_report.py --results results/paper`` examines the report of a study that
has run; without the option, that of a study of seconds.
"""

import itertools
import json
import math
import re
import shutil
import subprocess
from collections import Counter

import pandas as pd
import pytest
from tiny_study import ROOT, snakemake, write_study

from paper_figures.report.writing import SIGNIFICANT, value_of

LARGEST = 5_000_000
PAPER = "https://arxiv.org/abs/2506.01989"


def as_written(text):
    """Return the value of a cell of a file as the report rounds it; the text where it is none."""
    if text == "":
        return math.nan
    try:
        value = float(text)
    except ValueError:
        return text
    if math.isinf(value) or (value.is_integer() and abs(value) < 1e6):
        return value
    return float(f"{value:.{SIGNIFICANT}g}")


def same(shown, expected):
    """Tell whether a shown text is the value, or the word, of a file."""
    if isinstance(expected, str):
        return bool(shown)
    if math.isnan(expected):
        return shown in ("", "—")
    return value_of(shown) == pytest.approx(expected, rel=1e-12)


def numbers_in(text):
    """Return the numbers of a cell in their order, NaN for none."""
    parts = re.split(r" ± | to |[()]|; | ≤ | > ", text.replace("mean ", ""))
    plain = [re.sub(r"( log₁₀| ?%)$", "", part.strip()) for part in parts]
    return [value_of(part) for part in plain if part not in ("", "log₁₀", "%")]


def alike(shown, expected):
    """Compare numbers that are shown with those of a file, one that repeats another left out."""
    given = [as_written(one) for one in expected]
    finite = [one for one in given if not math.isnan(one)]
    return shown == given or [one for one in shown if not math.isnan(one)] in (
        finite,
        finite[:1],
        finite[:2],
    )


# What one cell shows of several columns of the file.
TOGETHER = {
    "statistic": ("mean", "lower", "upper"),
    "measurement": ("measured", "low", "high"),
    "true": ("lower", "upper"),
    "over": ("over the first", "over the first lower", "over the first upper"),
}


def test_every_cell_of_a_table_of_rows_is_the_cell_of_its_file(page, read):
    exact = [one for one in page.tables if "data-exact" in one.attributes]
    assert {one.attributes["data-file"] for one in exact} >= {
        "verify/theorems.csv",
        "verify/sharpened.csv",
        "verify/constants.csv",
        "verify/losses.csv",
    }
    for table in exact:
        file = read(table.attributes["data-file"]).to_dict("records")
        assert table.rows or table.attributes["data-file"] == "verify/sharpened.csv"
        for place, texts in table.rows:
            for column, shown in zip(table.columns, texts, strict=True):
                if column in TOGETHER:
                    given = [file[place][one] for one in TOGETHER[column]]
                    assert alike(numbers_in(shown), given), (column, place, shown)
                elif f"{column} ±" in file[place]:
                    given = [file[place][column], file[place][f"{column} ±"]]
                    assert alike(numbers_in(shown), given), (column, place, shown)
                elif column in ("statement", "form", "failing", "rule"):
                    assert bool(shown) == bool(file[place][column])
                elif column == "verdict":
                    assert shown == WORDS.get(file[place][column], file[place][column])
                else:
                    given = file[place][column]
                    assert same(shown, as_written(given)) or shown == given, (column, place, given)


WORDS = {
    **dict.fromkeys(("supported", "verified", "proved", "holds"), "holds"),
    **dict.fromkeys(("contradicted", "refuted", "violated"), "contradicted"),
    **dict.fromkeys(("definition", "assumption"), "taken as given"),
}
"""The report's words for the verdicts of the files."""


def test_tables_of_rows_leave_out_what_they_say_and_no_more(page, read):
    shown = {}
    for table in page.tables:
        if "data-exact" in table.attributes:
            shown.setdefault(table.attributes["data-file"], set()).update(
                place for place, _ in table.rows
            )
    for file in ("verify/theorems.csv", "verify/losses.csv"):
        assert shown[file] == set(range(len(read(file))))
    sharpened = read("verify/sharpened.csv")
    decided = sharpened.index[sharpened["verdict"] != "not applicable"]
    assert shown["verify/sharpened.csv"] == set(decided)


def test_cards_of_the_ledger_are_the_rows_of_its_file(page, read):
    ledger = read("verify/equations.csv").to_dict("records")
    assert [card.place for card in sorted(page.cards)] == list(range(len(ledger)))
    for card in page.cards:
        row = ledger[card.place]
        assert card.attributes["id"] == f"eq-{row['equation'].lower()}"
        assert card.attributes["data-verdict"] == WORDS.get(row["verdict"], row["verdict"])
        assert card.attributes["data-fault"] == row["kind"]
        assert card.texts["equation"] == row["equation"]
        assert card.texts.get("test", "") == row["test"]
        for column in ("statement", "evidence", "hypotheses"):
            # Mathematics is set, but its digits stay in their order.
            told = card.texts.get(column, "")
            assert re.findall(r"\d", told) == re.findall(r"\d", row[column]), (
                row["equation"],
                column,
            )


def test_claims_count_the_comparisons_of_their_file(page, read):
    (table,) = [
        one for one in page.tables if one.attributes.get("data-file") == "verify/claims_summary.csv"
    ]
    cells = read("verify/claims.csv")
    assert len(table.rows) == cells["claim"].nunique()
    for (_, rows), (_, texts) in zip(cells.groupby("claim", sort=False), table.rows, strict=True):
        shown = dict(zip(table.columns, texts, strict=True))
        assert shown["says"] == rows["says"].iloc[0]
        for phase, mine in rows.groupby("phase"):
            verdicts = Counter(mine["verdict"])
            if mine["some"].iloc[0] == "True":
                # One supported comparison in each experiment is enough.
                where = mine["terms"].map(lambda text: json.loads(text)[0][1])
                best = [{*one} for _, one in mine["verdict"].groupby(where)]
                verdicts = Counter(
                    "supported" if "supported" in one else min(one, key=len) for one in best
                )
            holding, against, count = (
                verdicts["supported"],
                verdicts["contradicted"],
                sum(verdicts.values()),
            )
            word = (
                "holds"
                if holding == count
                else ("mostly contradicted" if against > holding else "holds in part")
                if holding
                else ("contradicted" if against else "undecided")
            )
            assert shown[phase].startswith(f"{word} {holding} of {count}"), shown


@pytest.mark.parametrize("file", ["verify/theorems.csv", "verify/sharpened.csv"])
def test_summaries_of_statements_are_counted_from_their_file(page, read, file):
    (table,) = [
        one
        for one in page.tables
        if one.attributes.get("data-file") == file and "data-exact" not in one.attributes
    ]
    names = {"definition1": "Definition 1", "lemma1": "Lemma 1", "lemma2": "Lemma 2"} | {
        f"{key}{place}": f"Theorem {place}{prime}"
        for key, prime in (("theorem", ""), ("sharpened", "′"))
        for place in (1, 2, 3)
    }
    words = {"nu for r - r^2/M": "ν for r − r2/M", "sigma measured": "σ measured"}
    groups = {
        (names[statement], words.get(form, form)): rows
        for (statement, form), rows in read(file).groupby(["statement", "form"])
    }
    assert len(table.rows) == len(groups)
    for _, texts in table.rows:
        cells = dict(zip(table.columns, texts, strict=True))
        rows = groups[cells["statement"], cells["form"]]
        counts = Counter(rows["verdict"])
        decided = counts["verified"] + counts["refuted"] + counts["undecided"]
        assert cells["holds"].endswith(f"{counts['verified']} of {decided}") or not decided
        for verdict in ("not applicable", "not measured"):
            assert value_of(cells[verdict]) == counts[verdict]
        ratio = pd.to_numeric(rows["ratio"]).dropna()
        ends = [repr(float(pick(ratio))) if len(ratio) else "" for pick in (min, max)]
        assert alike(numbers_in(cells["ratio"]), ends)


def test_headline_counts_are_those_of_their_files(page, read):
    equations, theorems = read("verify/equations.csv"), read("verify/theorems.csv")
    ours = equations["equation"].str[0].isin(["K", "S"])
    proper = theorems["statement"].str.startswith("theorem")
    counted = {
        f"{prefix}.{verdict.replace(' ', '-')}": count
        for prefix, rows in {
            "equations": equations[~ours],
            "beyond": equations[ours],
            "theorems": theorems[proper],
            "lemmas": theorems[~proper],
            "sharpened": read("verify/sharpened.csv"),
            "constants": read("verify/constants.csv"),
            "claims": read("verify/claims_summary.csv"),
            "comparisons": read("verify/claims.csv"),
        }.items()
        for verdict, count in Counter(rows["verdict"]).items()
    }
    # What is proved is counted by scope too, and what is refuted by what is wrong.
    for prefix, rows in (("equations", equations[~ours]), ("beyond", equations[ours])):
        for row in rows.fillna("").to_dict("records"):
            more = (row["scope"] + row["kind"]).replace(" ", "-")
            if more:
                key = f"{prefix}.{row['verdict']}-{more}"
                counted[key] = counted.get(key, 0) + 1
    claims = read("verify/claims_summary.csv")["claim"]
    counted |= {"claims.distinct": claims.nunique(), "claims.phases": len(claims)}
    shown = {key: value for key, value in page.keyed if re.fullmatch(r"[a-z]+\.[a-z-]+", key)}
    assert shown
    for key, value in shown.items():
        if not key.endswith(".all"):
            assert float(value) == counted.get(key, 0), key


@pytest.fixture(scope="module")
def macros(results):
    """Return the numbers that LaTeX is given, by key."""
    text = (results / "report" / "tables" / "numbers.tex").read_text(encoding="utf-8")
    found = re.findall(r"\\cradl@set\{(.*?)\}\{.*?\}\{.*?\}\{(.*?)\}", text)
    assert len(dict(found)) == len(found)
    return {key: float(raw) for key, raw in found}


def test_numbers_for_latex_are_the_headlines_of_the_page(page, macros):
    headlines = {key: float(value) for key, value in page.keyed if math.isfinite(float(value))}
    assert macros == headlines


@pytest.mark.parametrize(
    ("file", "column", "prefix", "suffix"),
    [
        ("losses", r"loss t=(\d+)", "loss", r"t\1"),
        ("losses", "excess %", "excess", ""),
        ("ratios", r"t=(\d+)", "ratio", r"t\1"),
        ("ratios", "plateau", "ratio", "plateau"),
        ("costs", "rounds mean", "cost", "rounds"),
        ("costs", "storage largest", "cost", "storage"),
        ("costs", "numbers received promised", "cost", "numbers-received.promised"),
    ],
)
def test_numbers_of_curves_are_those_of_their_files(
    results, read, macros, file, column, prefix, suffix
):
    if not (results / "verify" / f"{file}.csv").is_file():
        pytest.skip(f"this study has no {file}")
    table = read(f"verify/{file}.csv")
    for name in table:
        if re.fullmatch(column, name):
            end = re.sub(column, suffix, name)
            for experiment, rows in table.groupby("experiment"):
                start = f"{prefix}.{experiment.lower().replace('_', '-')}."
                given = Counter(
                    float(one) for one in rows[name] if one and math.isfinite(float(one))
                )
                keyed = {key: one for key, one in macros.items() if key.startswith(start)}
                found = Counter(one for key, one in keyed.items() if re.search(rf"{end}$", key))
                if suffix == "rounds":
                    assert found >= given
                else:
                    assert found == given, (start, end)


def test_numbers_of_claims_are_those_of_their_comparisons(read, macros):
    summary = read("verify/claims_summary.csv")
    asks_for_all = {
        claim
        for claim, rows in read("verify/claims.csv").groupby("claim")
        if set(rows["some"]) == {"False"}
    }
    for claim, rows in summary[summary["claim"].isin(asks_for_all)].groupby("claim"):
        key = f"claim.{claim.lower().replace('_', '-')}"
        early = rows["phase"] != "plateau"
        for part, phases in (("early.", rows[early]), ("plateau.", rows[~early]), ("", rows)):
            counts = phases[["supported", "contradicted", "undecided"]].astype(int).sum()
            expected = dict(counts[:2]) | {"all": counts.sum()} if len(phases) else {}
            assert expected == {
                name: macros[f"{key}.{part}{name}"]
                for name in ("supported", "contradicted", "all")
                if f"{key}.{part}{name}" in macros
            }


def test_markdown_has_the_rows_of_the_page(page, results):
    text = (results / "report" / "report.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    heads = None
    for line in text.splitlines():
        if not line.startswith("| "):
            heads = None
            continue
        cells = len(re.findall(r"(?<!\\)\|", line))
        heads = cells if heads is None else heads
        assert cells == heads, line
    for card in page.cards:
        name, verdict = card.texts["equation"], card.attributes["data-verdict"]
        fault = card.attributes["data-fault"]
        start = re.compile(
            rf"\| {re.escape(name)} \| [✓✗?]? ?{verdict}{f': {fault}' if fault else ''} \| "
        )
        assert any(map(start.match, lines)), name


def test_the_site_has_the_plateaus_of_the_papers_study(results, read):
    if results.name != "paper":
        pytest.skip("the page is about the paper's study")
    losses = read("verify/losses.csv").set_index(["experiment", "curve"])
    text = (ROOT / "docs/site/explanation/findings.md").read_text(encoding="utf-8")
    written = re.findall(r"^\| (.*?) \| (.*? ± .*?) \| (.*?) \| (.*?) \|$", text, re.MULTILINE)
    assert len(written) == 9
    for curve, *cells in written:
        for experiment, cell in zip(("fig2a", "fig2b", "fig2c"), cells, strict=True):
            row = losses.loc[experiment, curve]
            assert cell == f"{float(row['excess %']):.2f} ± {float(row['excess % ±']):.2f}"


def test_the_page_is_small_and_asks_for_nothing_elsewhere(page, results):
    assert (results / "report" / "index.html").stat().st_size < LARGEST
    assert all(one["src"].startswith("data:") for one in page.images)
    assert all(one in ("", "data:,") for one in page.others)
    # A link asks for nothing before a reader follows it; the paper is the only one.
    assert {one for one in page.links if re.match(r"https?:", one)} == {PAPER}


def test_every_link_leads_somewhere_and_every_name_is_there_once(page, results):
    assert [name for name, count in Counter(page.ids).items() if count > 1] == []
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids, link
        elif link != PAPER:
            assert (results / "report" / link).is_file(), link


def test_rows_of_the_ledger_have_names_that_stay(page, read):
    assert {f"eq-{name.lower()}" for name in read("verify/equations.csv")["equation"]} <= {
        *page.ids
    }


def test_every_picture_says_what_it_shows(page, results):
    drawn = {path.stem for path in (results / "figures").glob("*.svg")}
    assert len(page.images) == len(drawn)
    for image in page.images:
        assert re.match(r"(One|Two|Three|Four|\d+) panels?\.", image["alt"]), image["alt"]


@pytest.fixture
def tiny(request):
    """Return the folder of the study of seconds; other results are only read."""
    if request.config.getoption("--results"):
        pytest.skip("runs Snakemake: not on results that are given")
    folder, _ = request.getfixturevalue("finished")
    return folder


def test_snakemakes_own_report_has_captions_and_categories(tiny, tmp_path):
    written = tmp_path / "snakemake.html"
    code, output = snakemake(tiny, "--report", written)
    assert code == 0, output
    text = written.read_text(encoding="utf-8")
    for one in ("Figures", "Verdicts", "Training losses of every curve"):
        assert one in text


def require_tex(*packages):
    if shutil.which("pdflatex") is None:
        pytest.skip("TeX is not installed")
    for one in packages:
        if subprocess.run(["kpsewhich", one], capture_output=True, check=False).returncode:
            pytest.skip(f"TeX has no {one}")


def test_the_document_takes_in_numbers_tables_and_figures(results, read, tmp_path):
    require_tex("IEEEtran.cls", "siunitx.sty", "booktabs.sty")
    shutil.copytree(results / "report" / "tables", tmp_path / "study" / "report" / "tables")
    figures = tmp_path / "study" / "figures"
    figures.mkdir()
    document = ROOT / "docs" / "paper.tex"
    # Any figures under the names that the document asks for; one is missing.
    asked = {*re.findall(r"\\studyfigure\{(\w+)\}", document.read_text("utf-8"))}
    asked -= {"counterexamples"}
    drawn = sorted((results / "figures").glob("*.pdf"))
    for name, path in zip(asked, itertools.cycle(drawn), strict=False):
        shutil.copy(path, figures / f"{name}.pdf")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error"]
    # The second time references are known.
    for _ in range(2):
        done = subprocess.run(
            [*command, rf"\def\results{{study}}\input{{{document}}}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "No number" not in done.stdout
    if shutil.which("pdftotext") is None:
        pytest.skip("need pdftotext to read the document, got no such program")
    reading = ["pdftotext", "paper.pdf", "-"]
    read_back = subprocess.run(reading, cwd=tmp_path, capture_output=True, check=True, text=True)
    # TeX hyphenates.
    text = " ".join(read_back.stdout.replace("-\n", "").split())
    claims = read("verify/claims_summary.csv")
    verdicts = Counter(claims["verdict"])
    assert (
        f"Of {claims['claim'].nunique()} claims, judged by phase in {len(claims)} cases, "
        f"{verdicts['supported']} are supported, {verdicts['partly supported']} in part, "
        f"{verdicts['contradicted']} contradicted and {verdicts['undecided']} undecided."
    ) in text
    assert "missing: figure counterexamples" in text
    assert "missing: figure fig2" not in text
    assert "??" not in text


def test_a_report_is_withdrawn_while_what_it_shows_is_made_again(tiny, tmp_path):
    used = shutil.copytree(tiny, tmp_path / "used")
    index = used / "results" / "tiny" / "report" / "index.html"
    write_study(used, trials=5)
    code, output = snakemake(used, "--cores", "2", "results/tiny/simulate/noisy.nc")
    assert code == 0, output
    assert not index.exists()
    assert not (index.parent / "tables" / "numbers.tex").exists()
