"""Tabulate the losses of every curve of a study."""

from jobs import job

from cradl import store
from cradl.results.loss_table import losses
from cradl.results.tabular import csv_of

with job(snakemake, "losses") as running:
    stores = (store.read(path) for path in snakemake.input.runs)
    table = losses(stores, times=snakemake.params.times, last=snakemake.params.plateau)
    running.log.info("curves: %d", len(table))
    store.write_text(snakemake.output[0], csv_of(table))
