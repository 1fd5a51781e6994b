"""Evaluate the theorems' hypotheses, learning rates and bounds for the curves of an experiment."""

from pathlib import Path

from joblog import logged

from cradl import store
from cradl.engine.bound_inputs import constants
from cradl.plugins import require_plugins
from cradl.study import Experiment
from theory.regime import regime

with logged(snakemake.log[0], f"bounds of {snakemake.wildcards.experiment}") as log:
    require_plugins(snakemake.params.plugins)
    config = snakemake.params.experiment
    experiment = Experiment.model_validate_json(store.as_json(config))
    found = constants(
        experiment,
        store.read_all({Path(path).stem: path for path in snakemake.input.datasets}),
        store.read_all({Path(path).stem: path for path in snakemake.input.allocations}),
    )
    results = regime(found, T=experiment.T)
    for name in ("theorem1", "theorem2"):
        applies = results[name].notnull().any(("group", "iteration"))
        log.info("%s applies to %d of %d curves", name, int(applies.sum()), applies.size)
    store.write(results, snakemake.output[0], config=config, source=snakemake.params.code)
