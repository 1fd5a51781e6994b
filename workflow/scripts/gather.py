"""Join the parts of an experiment's trials."""

from joblog import logged

from cradl import store
from cradl.engine.experiment import gather
from cradl.labelled import of_xarray

with logged(snakemake.log[0], f"gather {snakemake.wildcards.experiment}"):
    store.write(
        gather([of_xarray(store.read(path)) for path in snakemake.input]),
        snakemake.output[0],
        config=snakemake.params.experiment,
        source=snakemake.params.code,
    )
