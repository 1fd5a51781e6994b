"""Join the parts of an experiment's trials."""

from jobs import job

from cradl import store
from cradl.engine.experiment import gather
from cradl.labelled import of_xarray

with job(snakemake, f"gather {snakemake.wildcards.experiment}") as running:
    store.write(
        gather([of_xarray(store.read(path)) for path in snakemake.input.parts]),
        snakemake.output[0],
        config=snakemake.params.experiment,
        source=snakemake.params.code,
    )
    # Snakemake deletes the parts when this job has ended.
    running.forget(snakemake.input.parts)
