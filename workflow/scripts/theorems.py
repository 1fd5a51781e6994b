"""Judge the theorems on measured runs."""

from pathlib import Path

from jobs import job

from cradl import store
from cradl.results.tabular import csv_of
from theory.runs.judge_paper import theorems

with job(snakemake, "theorems") as running:
    bounds, runs = (
        store.Stores({Path(path).stem: path for path in paths})
        for paths in (snakemake.input.bounds, snakemake.input.runs)
    )
    table = theorems(bounds, runs)
    running.log.info("verdicts: %s", table.groupby("statement")["verdict"].value_counts().to_dict())
    store.write_text(snakemake.output[0], csv_of(table))
