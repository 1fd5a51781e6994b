"""The report in a browser, on a desktop and on a phone, in light and in dark.

``--results results/paper`` opens the report of a study that has run, as in ``test_report.py``.
"""

import re

import pytest

from paper_figures.report.writing import value_of


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
    # In a study that is not the paper's it is folded; a link opens it.
    page.evaluate("location.hash = '#ledger'")
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
def test_the_first_screen_holds_title_verdict_and_answers(opened, results, width, height):
    page, _ = opened(viewport={"width": width, "height": height}, is_mobile=width < 600)
    answers = page.locator(".answers > li").count()
    assert answers == 4 if results.name == "paper" else answers
    shown = [page.locator("h1"), page.locator("#verdict"), *page.locator(".answers > li").all()]
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
          const links = [...document.querySelectorAll("a[href^='#']")];
          const names = new Set(links.map((one) => one.getAttribute("href")));
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
          // Labels of curves and what a study's file says stand as they are.
          const labels = "td[data-head='Curve'], #settings, #comparisons, #losses, #assumed";
          const apart = `math, code, script, style, #headlines, ${labels}`;
          while (walker.nextNode()) {
            const node = walker.currentNode;
            if (!node.parentElement.closest(apart)) found.push(node.data);
          }
          return found;
        }"""
    )
    # Names of more than one letter, such as fronts_a, are no mathematics.
    written = re.compile(
        r"(?<![A-Za-z])[A-Za-z]_\w|[)|]_\w|\w\^[\w{]|<=|>=|\de[+-]\d"
        r"|\b(sqrt|alpha|beta|gamma|rho|lambda|nabla|kappa|sigma)\b"
    )
    left = [one for one in texts if written.search(one)]
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


# Colours depend on the scheme, layout on the width: no fault needs one pair of both.
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_no_serious_violation(opened, width, scheme):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="of the browser extra"
    )
    page, _ = opened(color_scheme=scheme, viewport={"width": width, "height": 800})
    # What is folded is read too; of long tables and groups of cards, whose items differ in words
    # and numbers alone, the first items.
    page.evaluate(
        "document.querySelectorAll('tbody, .group').forEach(one =>"
        " [...one.querySelectorAll('tr, .card')].slice(8).forEach(item => item.remove()))"
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
