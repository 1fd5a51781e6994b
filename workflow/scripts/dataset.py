"""Draw the data sets that are not there yet, each with its constants."""

from pathlib import Path

from joblog import logged

from cradl import store
from cradl.config.plugins import require_plugins
from cradl.datasets import drawn

with logged(snakemake.log[0], "data sets") as log:
    require_plugins(snakemake.config["plugin_files"])
    origin = {"source": snakemake.params.code}
    for path in snakemake.output:
        request = snakemake.params.requests[Path(path).stem]
        if store.is_current(path, config=request, **origin):
            log.info("there already: %s", path)
            continue
        try:
            found = drawn(**request, processes=snakemake.threads)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            log.exception("refused: %s", path)
            store.refuse(path, f"{type(error).__name__}: {error}", config=request, **origin)
            continue
        store.write(found, path, config=request, **origin)
        log.info("drawn: %s", path)
