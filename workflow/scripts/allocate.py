"""Draw an allocation and describe it."""

from joblog import logged

from cradl import store
from cradl.allocation import allocations
from cradl.plugins import require_plugins

with logged(snakemake.log[0], f"allocation {snakemake.wildcards.allocation}") as log:
    require_plugins(snakemake.params.plugins)
    request = snakemake.params.request
    drawn = allocations(**request)
    log.info("subsets on no device, mean over draws: %s", float(drawn["uncovered"].mean()))
    store.write(drawn, snakemake.output[0], config=request, source=snakemake.params.code)
