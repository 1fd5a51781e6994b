"""Tabulate what the exact codes and the methods beside them cost."""

from pathlib import Path

import pandas as pd
from jobs import job

from cradl import store
from cradl.config.plugins import require_plugins
from cradl.results.cost_table import counted
from cradl.results.tabular import csv_of

with job(snakemake, "costs of the exact codes") as running:
    require_plugins(snakemake.config["plugin_files"])
    allocations = store.read_all({Path(path).stem: path for path in snakemake.input.allocations})
    rows = pd.concat([counted(store.read(path), allocations) for path in snakemake.input.results])
    running.log.info(
        "curves beyond what is promised: %d", int((rows["within promise"] == "no").sum())
    )
    store.write_text(snakemake.output[0], csv_of(rows))
