"""Tabulate the losses of every curve of a study."""

import pandas as pd
from jobs import job

from cradl import store
from cradl.results.loss_table import losses
from cradl.results.outcomes import Outcome, outcomes
from cradl.results.ratios import columns, ratios
from cradl.results.tabular import csv_of

with job(snakemake, "losses") as running:
    found, gains = [], []
    tabulated = {"times": snakemake.params.times, "last": snakemake.params.plateau}

    def runs():
        """Read the runs one by one, for all tables."""
        for path in snakemake.input.runs:
            run = store.read(path)
            found.extend(outcomes(run))
            gains.extend(ratios(run, **tabulated))
            yield run

    table = losses(runs(), **tabulated)
    running.warn([f"{one.experiment}: {one.curve} {one.says}" for one in found])
    running.log.info("curves: %d", len(table))
    for path, made in (
        (snakemake.output.losses, table),
        (snakemake.output.outcomes, pd.DataFrame(found, columns=Outcome._fields)),
        (snakemake.output.ratios, pd.DataFrame(gains, columns=columns(snakemake.params.times))),
    ):
        store.write_text(path, csv_of(made))
