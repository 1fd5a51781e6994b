"""Evaluate over (alpha, r/M) where the constants of Table I meet the theorems' threshold."""

from jobs import job

from cradl import store
from theory.runs.threshold_map import threshold_map

with job(snakemake, "thresholds"):
    config = {"sizes": snakemake.params.sizes}
    found = threshold_map(snakemake.params.sizes)
    store.write(found, snakemake.output[0], config=config, source=snakemake.params.code)
