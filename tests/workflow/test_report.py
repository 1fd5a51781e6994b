"""The report of a finished study: every number is its file's, and the page works in a browser.

``pytest tests/workflow/test_report.py --results results/paper`` examines the report of a study that
has run; without the option, that of a study of seconds.
"""

import json
import math
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from html_tables import Page
from tiny_study import ROOT, snakemake, write_study

from paper_figures.report.writing import SIGNIFICANT, value_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Chromium asks its maker's hosts for updates otherwise; --no-sandbox is for root in a container.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
LARGEST = 5_000_000
PAPER = "https://arxiv.org/abs/2506.01989"


@pytest.fixture(scope="module")
def results(request):
    """Return the folder of results whose report is examined."""
    given = request.config.getoption("--results")
    if given is not None:
        path = Path(given).resolve()
        if not (path / "report" / "index.html").is_file():
            raise pytest.UsageError(f"need results/<study> of a finished study, got {given}")
        return path
    folder, _ = request.getfixturevalue("finished")
    return folder / "results" / "tiny"


@pytest.fixture(scope="module")
def page(results):
    return Page((results / "report" / "index.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def read(results):
    return lambda name: pd.read_csv(results / name, dtype=str, keep_default_na=False)


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
            assert re.findall(r"\d", told) == re.findall(r"\d", row[column]), (row["equation"], column)


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
    shown = {key: value for key, value in page.keyed if re.fullmatch(r"[a-z]+\.[a-z-]+", key)}
    assert shown
    for key, value in shown.items():
        if not key.endswith(".all"):
            assert float(value) == counted.get(key, 0), key


def test_numbers_for_latex_are_the_headlines_of_the_page(page, results):
    text = (results / "report" / "tables" / "numbers.tex").read_text(encoding="utf-8")
    macros = dict(re.findall(r"\\cradl@set\{(.*?)\}\{.*?\}\{.*?\}\{(.*?)\}", text))
    headlines = {key: float(value) for key, value in page.keyed if math.isfinite(float(value))}
    assert {key: float(raw) for key, raw in macros.items()} == headlines


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
        start = re.compile(rf"\| {re.escape(name)} \| [✓✗?]? ?{verdict}{f': {fault}' if fault else ''} \| ")
        assert any(map(start.match, lines)), name


def test_the_readme_has_the_plateaus_of_the_papers_study(results, read):
    if results.name != "paper":
        pytest.skip("the readme is about the paper's study")
    losses = read("verify/losses.csv").set_index(["experiment", "curve"])
    text = (ROOT / "README.md").read_text(encoding="utf-8")
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


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="of the browser extra")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, results):
    """Open the page from disk; return it with the list of what went wrong."""
    contexts = []

    def open_page(**settings):
        contexts.append(browser.new_context(**settings))
        page, wrong = contexts[-1].new_page(), []
        page.set_default_timeout(0)
        page.on("console", lambda said: wrong.append(said.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("requestfailed", lambda request: wrong.append(request.url[:100]))
        page.on(
            "request",
            lambda one: (
                wrong.append(one.url[:100]) if not one.url.startswith(("file:", "data:")) else None
            ),
        )
        page.goto((results / "report" / "index.html").as_uri())
        return page, wrong

    yield open_page
    for one in contexts:
        one.close()


def test_the_page_opens_without_an_error_and_shows_every_picture(opened):
    page, wrong = opened()
    page.evaluate("document.querySelectorAll('img').forEach(one => one.loading = 'eager')")
    page.wait_for_function("[...document.images].every(one => one.complete)")
    widths = page.evaluate("[...document.images].map(one => one.naturalWidth)")
    assert widths
    assert all(width > 100 for width in widths)
    assert wrong == []


def test_filters_filter_and_say_how_many_rows_are_left(opened):
    page, wrong = opened()
    ledger = page.locator("#ledger")
    total = ledger.locator(".card").count()
    ledger.get_by_label("Verdict").select_option("contradicted")
    shown = ledger.locator(".card:visible")
    assert 0 < shown.count() < total
    assert {one.get_attribute("data-verdict") for one in shown.all()} == {"contradicted"}
    assert ledger.locator("output").inner_text() == f"{shown.count()} of {total} rows"
    ledger.get_by_label("Contains").fill("no such row")
    assert shown.count() == 0
    # A link into what is filtered out shows it.
    page.evaluate("location.hash = '#eq-52'")
    page.locator("#eq-52").wait_for(state="visible")
    assert ledger.locator("output").inner_text() == f"{total} of {total} rows"
    assert wrong == []


VIEWPORTS = [(1280, 800), (390, 844)]


@pytest.mark.parametrize(("width", "height"), VIEWPORTS)
def test_the_first_screen_holds_title_verdict_and_answers(opened, width, height):
    page, _ = opened(viewport={"width": width, "height": height}, is_mobile=width < 600)
    assert page.locator("h1").inner_text()
    shown = [page.locator("h1"), page.locator("#verdict"), *page.locator(".answers > li").all()]
    assert len(shown) >= 2 + 3
    for one in shown:
        box = one.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height, one.inner_text()


@pytest.mark.parametrize(("width", "height"), VIEWPORTS)
def test_every_link_within_the_page_leads_to_what_is_seen(opened, width, height):
    page, wrong = opened(viewport={"width": width, "height": height}, is_mobile=width < 600)
    hidden = page.evaluate(
        """async () => {
          const hidden = [];
          const links = [...document.querySelectorAll("main a[href^='#'], header a, nav a")];
          const names = new Set(links.map((one) => one.hash).filter((one) => one.length > 1));
          for (const hash of names) {
            location.hash = hash;
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            const target = document.getElementById(decodeURIComponent(hash.slice(1)));
            const box = target.getBoundingClientRect();
            // What lies at its upper end: the target, what is in it, or what it is in.
            const x = Math.min(box.left + 8, innerWidth - 1);
            const y = box.top + Math.min(8, box.height / 2);
            const found = document.elementFromPoint(x, y);
            if (!found || !(target.contains(found) || found.contains(target))) hidden.push(hash);
            else if (found.closest("thead")) hidden.push(hash);
          }
          return hidden;
        }"""
    )
    assert hidden == []
    assert wrong == []


@pytest.mark.parametrize("width", [1280, 390])
def test_no_table_is_wider_than_the_page(opened, width):
    page, _ = opened(viewport={"width": width, "height": 800}, is_mobile=width < 600)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    wide = page.evaluate(
        "[...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth)"
        ".map(one => [one.ariaLabel, one.scrollWidth, one.clientWidth])"
    )
    assert wide == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_has_its_height_before_pictures_are_decoded(opened):
    page, _ = opened()
    heights = "document.documentElement.scrollHeight"
    before = page.evaluate(heights)
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_function("[...document.images].every(one => one.complete)")
    assert page.evaluate(heights) == before


def test_print_opens_what_is_folded(opened):
    page, _ = opened()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0


def test_no_mathematics_is_left_in_ascii(opened):
    page, _ = opened()
    texts = page.evaluate(
        """() => {
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const found = [];
          const apart = "math, code, script, style, #settings, #comparisons, #losses, #assumed";
          while (walker.nextNode()) {
            if (!walker.currentNode.parentElement.closest(apart)) found.push(walker.currentNode.data);
          }
          return found;
        }"""
    )
    ascii_ = re.compile(
        r"[A-Za-z)|]_\w|\w\^[\w{]|<=|>=|\bsqrt\b|\b(alpha|beta|gamma|rho|lambda|nabla|kappa|sigma)\b"
    )
    names = page.locator("figcaption .name, .cards code").all_inner_texts()
    left = [one for one in texts if ascii_.search(one) and one.strip() not in names]
    assert left == []


def test_columns_sort_by_value_and_back(opened):
    page, wrong = opened()
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    table = page.locator("#theorems")
    place = table.locator("th").all_inner_texts()
    column = next(one for one, text in enumerate(place) if "Bound / measured" in text)
    button = table.locator("th button").nth(column)
    for direction, sign in (("ascending", 1), ("descending", -1)):
        button.click()
        head = table.locator("th").nth(column)
        assert head.get_attribute("aria-sort") == direction
        texts = table.locator(f"tbody td:nth-child({column + 1})").all_inner_texts()
        values = [sign * value_of(text) for text in texts if text != "—"]
        assert values == sorted(values)
        assert len(values) > 1
    assert wrong == []


def test_a_keyboard_reaches_the_report_and_sorts_a_table(opened):
    page, wrong = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    button = page.locator("#constants th button").first
    button.focus()
    page.keyboard.press("Enter")
    assert page.locator("#constants th").first.get_attribute("aria-sort") == "ascending"
    assert wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_no_serious_violation(opened, scheme, width):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="of the browser extra"
    )
    page, _ = opened(color_scheme=scheme, viewport={"width": width, "height": 800})
    # What is folded is read too, but for the longest tables, which differ in numbers alone.
    page.evaluate(
        "document.querySelectorAll('tbody').forEach(one =>"
        " [...one.rows].slice(40).forEach(row => row.remove()))"
    )
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = axe.Axe().run(page).response["violations"]
    serious = [
        (one["id"], one["nodes"][0]["html"][:200])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_axe_would_find_a_picture_without_words(opened):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="of the browser extra"
    )
    page, _ = opened()
    page.evaluate("document.images[0].removeAttribute('alt')")
    page.evaluate("document.querySelectorAll('table').forEach(one => one.remove())")
    found = axe.Axe().run(page).response["violations"]
    assert "image-alt" in {one["id"] for one in found}


def test_a_phone_reads_the_text_without_scrolling_sideways(opened):
    page, _ = opened(viewport={"width": 360, "height": 740}, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


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


def test_the_document_takes_in_numbers_tables_and_figures(results, tmp_path):
    require_tex("IEEEtran.cls", "siunitx.sty", "booktabs.sty")
    shutil.copytree(results / "report" / "tables", tmp_path / "study" / "report" / "tables")
    figures = tmp_path / "study" / "figures"
    figures.mkdir()
    # Any two figures under the names that the document asks for.
    drawn = sorted((results / "figures").glob("*.pdf"))
    for name, path in zip(("fig2", "bounds_theorem1"), drawn, strict=False):
        shutil.copy(path, figures / f"{name}.pdf")
    document = ROOT / "docs" / "paper.tex"
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error"]
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
    assert (tmp_path / "paper.pdf").stat().st_size > 10_000


def test_a_report_is_withdrawn_while_what_it_shows_is_made_again(tiny, tmp_path):
    used = shutil.copytree(tiny, tmp_path / "used")
    index = used / "results" / "tiny" / "report" / "index.html"
    write_study(used, trials=5)
    code, output = snakemake(used, "--cores", "2", "results/tiny/simulate/noisy.nc")
    assert code == 0, output
    assert not index.exists()
    assert not (index.parent / "tables" / "numbers.tex").exists()
