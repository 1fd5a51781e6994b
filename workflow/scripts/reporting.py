"""Reading the results of a study, and writing its report."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cradl import store
from cradl.results.settings_table import mixed, settings_table
from cradl.results.tabular import csv_of, read_table
from paper_figures.report import tables
from paper_figures.report.content import Assumed, Content, Origin, Picture, Plugin
from paper_figures.report.headlines import Headline, macros
from paper_figures.report.page import markdown, page
from paper_figures.report.pictures import alt_text
from paper_figures.report.quoted import words


def write_report(reported: Mapping[str, Any], *, missing: Collection[str] = ()) -> Content:
    """Write the page, the Markdown, the numbers and the LaTeX tables of a study.

    Parameters
    ----------
    reported
        The study's name, the folder of its results and the contents of the report.
    missing
        Files that are not there, or older than their own inputs: not read.
    """
    content = _read(reported, missing)
    report = Path(reported["folder"]) / "report"
    store.write_text(report / "index.html", page(content))
    store.write_text(report / "report.md", markdown(content))
    headlines = pd.DataFrame(content.headlines, columns=Headline._fields)
    store.write_text(report / "numbers.csv", csv_of(headlines.drop(columns="says")))
    numbers = macros(content.headlines, content.study, words(content.tables))
    store.write_text(report / "tables" / "numbers.tex", numbers)
    for name, text in tables.latex(content).items():
        store.write_text(report / "tables" / f"{name}.tex", text)
    return content


def _read(reported: Mapping[str, Any], missing: Collection[str]) -> Content:
    def there(name: str) -> Path | None:
        path = Path(reported["folder"]) / name
        return path if path.is_file() and str(path) not in missing else None

    paths = {name: path for name in reported["tables"] if (path := there(name))}
    experiments = reported["experiments"]
    return Content(
        study=reported["study"],
        expected=reported["tables"],
        tables={name: read_table(path) for name, path in paths.items()},
        figures=[
            _picture(name, figure, there(f"figures/{name}.svg"))
            for name, figure in reported["figures"].items()
        ],
        sizes=[tuple(size) for size in reported["sizes"]],
        settings=settings_table(experiments),
        mixed=mixed(experiments),
        plugins=[Plugin(*one) for one in reported["plugins"]],
        assumed=[Assumed(*choice) for choice in reported["assumed"]],
        origins=[
            _origin(experiment["name"], there(f"simulate/{experiment['name']}.nc"))
            for experiment in experiments
        ],
    )


def _picture(name: str, figure: Mapping[str, Any], path: Path | None) -> Picture:
    svg = path.read_text("utf-8") if path else None
    return Picture(
        name,
        figure["caption"],
        svg,
        alt_text(svg) if svg else "",
        figure["draw"],
        figure["experiments"],
        figure["reproduces"],
        figure["appendix"],
        figure["leaderboard"],
    )


def _origin(experiment: str, path: Path | None) -> Origin:
    if path is None:
        return Origin(experiment, "", "", "")
    kept = store.attributes(path)
    versions = ", ".join(
        f"{name} {version}" for name, version in store.from_json(kept["versions"]).items()
    )
    cautions = tuple(store.from_json(kept.get("cautions", "[]")))
    return Origin(experiment, str(kept["seed"]), versions, kept["source_hash"], cautions)
