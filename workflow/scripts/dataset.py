"""Draw a data set with its constants."""

from joblog import logged

from cradl import store
from cradl.datasets import dataset
from cradl.plugins import require_plugins

with logged(snakemake.log[0], f"data set {snakemake.wildcards.dataset}"):
    require_plugins(snakemake.params.plugins)
    request = snakemake.params.request
    store.write(
        dataset(**request), snakemake.output[0], config=request, source=snakemake.params.code
    )
