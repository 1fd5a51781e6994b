"""Draw the data sets that are not there yet, each with what describes it."""

from drawing import draw_absent
from jobs import job

from cradl.config.plugins import require_plugins
from cradl.datasets import drawn

with job(snakemake, "data sets") as running:
    require_plugins(snakemake.config["plugin_files"])
    draw_absent(
        running,
        snakemake.output,
        snakemake.params.requests,
        drawn,
        source=snakemake.params.code,
        processes=snakemake.threads,
    )
