"""Judge the sharpened theorems on the runs."""

from pathlib import Path

import pandas as pd
from joblog import logged

from cradl import store
from cradl.theorem_table import sharpened_latex
from theory.sharpened_runs import judged

with logged(snakemake.log[0], "sharpened theorems") as log:
    bounds, runs = (
        store.read_all({Path(path).stem: path for path in paths})
        for paths in (snakemake.input.bounds, snakemake.input.runs)
    )
    table = pd.concat([one.rows for one in judged(bounds, runs)])
    log.info("verdicts: %s", table.groupby("form")["verdict"].value_counts().to_dict())
    store.write_text(snakemake.output.csv, table.to_csv(index=False))
    store.write_text(snakemake.output.tex, sharpened_latex(table))
