"""Simulate a part of an experiment's trials."""

from pathlib import Path

from joblog import logged

from cradl import store
from cradl.engine.experiment import simulate
from cradl.plugins import require_plugins
from cradl.study import Experiment

with logged(
    snakemake.log[0], f"{snakemake.wildcards.experiment}, trials {snakemake.wildcards.part}"
) as log:
    require_plugins(snakemake.params.plugins)
    config = snakemake.params.experiment
    experiment = Experiment.model_validate_json(store.as_json(config))
    results = simulate(
        experiment,
        store.read_all({Path(path).stem: path for path in snakemake.input.datasets}),
        store.read_all({Path(path).stem: path for path in snakemake.input.allocations}),
        trials=range(*snakemake.params.trials),
        step_sizes=store.read(snakemake.input.bounds)["step_size"]
        if snakemake.input.bounds
        else None,
        progress=True,
    )
    log.info("diverged runs: %d", int((results["diverged_at"] >= 0).sum()))
    store.write(results, snakemake.output[0], config=config, source=snakemake.params.code)
