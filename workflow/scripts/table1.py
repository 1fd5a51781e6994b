"""Evaluate Table I."""

from joblog import logged

from cradl import store
from theory.rba import table1, table1_csv

with logged(snakemake.log[0], "Table I"):
    rows = table1(snakemake.params.settings)
    store.write_text(snakemake.output[0], table1_csv(rows))
