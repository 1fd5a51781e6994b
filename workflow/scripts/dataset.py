"""Draw the data sets that are not there yet, each with what describes it."""

from drawing import draw_absent
from joblog import logged

from cradl.config.plugins import require_plugins
from cradl.datasets import drawn

with logged(snakemake.log[0], "data sets") as log:
    require_plugins(snakemake.config["plugin_files"])
    draw_absent(
        snakemake.output,
        snakemake.params.requests,
        drawn,
        source=snakemake.params.code,
        processes=snakemake.threads,
        log=log,
    )
