"""Tabulate the losses of every curve of a study."""

import pandas as pd
from jobs import job

from cradl import store
from cradl.results.loss_table import losses
from cradl.results.outcomes import Outcome, outcomes
from cradl.results.tabular import csv_of

with job(snakemake, "losses") as running:
    found = []

    def runs():
        """Read the runs one by one, for both tables."""
        for path in snakemake.input.runs:
            run = store.read(path)
            found.extend(outcomes(run))
            yield run

    table = losses(runs(), times=snakemake.params.times, last=snakemake.params.plateau)
    running.warn([f"{one.experiment}: {one.curve} {one.says}" for one in found])
    strange = pd.DataFrame(found, columns=Outcome._fields)
    store.write_text(snakemake.output.outcomes, csv_of(strange))
    running.log.info("curves: %d", len(table))
    store.write_text(snakemake.output.losses, csv_of(table))
