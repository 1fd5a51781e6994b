"""Judge the sharpened theorems on the runs."""

from pathlib import Path

import pandas as pd
from joblog import logged

from cradl import store
from theory.sharpened_runs import judged

with logged(snakemake.log[0], "sharpened theorems") as log:
    bounds, runs = (
        store.read_all({Path(path).stem: path for path in paths})
        for paths in (snakemake.input.bounds, snakemake.input.runs)
    )
    found = judged(bounds, runs)
    table = pd.concat([one.rows for one in found])
    log.info("verdicts: %s", table.groupby("form")["verdict"].value_counts().to_dict())
    store.write_text(snakemake.output.csv, table.to_csv(index=False))
    by_name = {one.name: one.sides for one in found}
    for path in snakemake.output.sides:
        name = Path(path).stem
        config = {"experiment": name}
        store.write(by_name[name], path, config=config, source=snakemake.params.code)
