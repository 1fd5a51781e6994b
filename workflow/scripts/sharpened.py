"""Judge the sharpened theorems on the runs."""

from pathlib import Path

import pandas as pd
from jobs import job

from cradl import store
from cradl.results.tabular import csv_of
from theory.runs.judge_primed import judged

with job(snakemake, "sharpened theorems") as running:
    bounds, runs = (
        store.Stores({Path(path).stem: path for path in paths})
        for paths in (snakemake.input.bounds, snakemake.input.runs)
    )
    sides = {Path(path).stem: path for path in snakemake.output.sides}
    tables = []
    for one in judged(bounds, runs):
        tables.append(one.rows)
        config = {"experiment": one.name}
        store.write(one.sides, sides[one.name], config=config, source=snakemake.params.code)
    table = pd.concat(tables)
    running.log.info("verdicts: %s", table.groupby("form")["verdict"].value_counts().to_dict())
    store.write_text(snakemake.output.csv, csv_of(table))
