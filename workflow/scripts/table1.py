"""Evaluate Table I."""

from joblog import logged

from cradl import store
from theory.rba import table1, table1_csv, table1_latex

with logged(snakemake.log[0], "Table I"):
    rows = table1(snakemake.params.settings)
    store.write_text(snakemake.output.csv, table1_csv(rows))
    store.write_text(snakemake.output.tex, table1_latex(rows))
