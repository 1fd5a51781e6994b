"""Draw the data sets that are not there yet, each with what describes it."""

from contextlib import suppress
from pathlib import Path

from drawing import draw_absent
from jobs import job

from cradl import columns, store
from cradl.config.plugins import require_plugins
from cradl.datasets import drawn
from cradl.numerics.step_sizes import Step, too_large

with job(snakemake, "data sets") as running:
    require_plugins(snakemake.config["plugin_files"])
    columns.remember(snakemake.config["data_files"])
    draw_absent(
        running,
        snakemake.output,
        snakemake.params.requests,
        drawn,
        source=snakemake.params.code,
        processes=snakemake.threads,
    )
    # Told here because no job knows L earlier.
    known = {}
    for path in snakemake.output:
        with suppress(store.Refused):
            known[Path(path).stem] = store.read(path, only=["smoothness"])["smoothness"]
    running.warn(too_large([Step(*one) for one in snakemake.params.steps], known))
