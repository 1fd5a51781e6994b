"""The tables and links of a page, read by the parser of the standard library."""

from html.parser import HTMLParser
from typing import Any, NamedTuple


class Table(NamedTuple):
    """One table: its attributes, its columns' names, and its rows' places and texts."""

    attributes: dict[str, Any]
    columns: list[str]
    rows: list[tuple[int, list[str]]]


class Page(HTMLParser):
    """Collects tables, ids, links, sources and numbers with a key."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[Table] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.images: list[dict[str, Any]] = []
        self.others: list[str] = []
        self.keyed: list[tuple[str, str]] = []
        self._text: list[str] | None = None
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

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "td" and self._text is not None:
            self.tables[-1].rows[-1][1].append("".join(self._text))
            self._text = None
