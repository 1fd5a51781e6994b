"""Draw the allocations that are not there yet, each with what describes it."""

from pathlib import Path

from joblog import logged

from cradl import store
from cradl.allocation import drawn
from cradl.config.plugins import require_plugins

with logged(snakemake.log[0], "allocations") as log:
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
        uncovered = found.variables["uncovered"][1].mean()
        log.info("drawn: %s; subsets on no device, mean over draws: %s", path, uncovered)
        store.write(found, path, config=request, **origin)
