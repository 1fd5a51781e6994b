"""Decide the claims of a study."""

from pathlib import Path

from jobs import job

from cradl import store
from cradl.config.model import Cell
from cradl.results.tabular import csv_of
from cradl.results.verdicts import judge, summarise

with job(snakemake, "claims") as running:
    cells = [Cell.model_validate_json(store.as_json(one)) for one in snakemake.params.cells]
    stores = store.read_all({Path(path).stem: path for path in snakemake.input.runs})
    table = judge(cells, stores, level=snakemake.params.level)
    summary = summarise(table)
    running.log.info("verdicts: %s", table["verdict"].value_counts().to_dict())
    store.write_text(snakemake.output.csv, csv_of(table))
    store.write_text(snakemake.output.summary, csv_of(summary))
