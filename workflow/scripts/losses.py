"""Tabulate the losses of every curve of a study."""

from joblog import logged

from cradl import store
from cradl.results.loss_table import losses
from cradl.results.tabular import csv_of

with logged(snakemake.log[0], "losses") as log:
    stores = (store.read(path) for path in snakemake.input)
    table = losses(stores, times=snakemake.params.times, last=snakemake.params.plateau)
    log.info("curves: %d", len(table))
    store.write_text(snakemake.output[0], csv_of(table))
