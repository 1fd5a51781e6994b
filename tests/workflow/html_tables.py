"""The tables, cards and links of a page, read by the parser of the standard library."""

from html.parser import HTMLParser
from typing import Any, NamedTuple


class Table(NamedTuple):
    """One table: its attributes, its columns' names, and its rows' places and texts."""

    attributes: dict[str, Any]
    columns: list[str]
    rows: list[tuple[int, list[str]]]


class Card(NamedTuple):
    """One row that stands as a card: its place in the file, and its texts by column."""

    place: int
    attributes: dict[str, Any]
    texts: dict[str, str]


class Page(HTMLParser):
    """Collects tables, cards, ids, links, sources and numbers with a key."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[Table] = []
        self.cards: list[Card] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.images: list[dict[str, Any]] = []
        self.others: list[str] = []
        self.keyed: list[tuple[str, str]] = []
        self._text: list[str] | None = None
        self._column: tuple[str, str] | None = None
        self._depth = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" else []
        if tag == "img":
            self.images.append(given)
        if tag in ("script", "link", "iframe", "source"):
            self.others.append(given.get("src") or given.get("href") or "")
        if tag == "data":
            self.keyed.append((given["data-key"], given["value"]))
        if tag == "table":
            self.tables.append(Table(given, [], []))
        if tag == "th":
            self.tables[-1].columns.append(given.get("data-column", ""))
        if tag == "tr" and "data-row" in given:
            self.tables[-1].rows.append((int(given["data-row"]), []))
        if tag == "td" and self.tables[-1].rows:
            self._text = []
        if tag == "article" and "data-row" in given:
            self.cards.append(Card(int(given["data-row"]), given, {}))
        self._depth += tag == (self._column or ("",))[0]
        if "data-column" in given and tag != "th":
            self._column, self._depth = (tag, given["data-column"]), 1
            self.cards[-1].texts[given["data-column"]] = ""

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)
        if self._column is not None:
            self.cards[-1].texts[self._column[1]] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "td" and self._text is not None:
            self.tables[-1].rows[-1][1].append("".join(self._text))
            self._text = None
        if self._column is not None and tag == self._column[0]:
            self._depth -= 1
            if not self._depth:
                self._column = None
