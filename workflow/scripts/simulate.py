"""Simulate an experiment, or some of its trials."""

from pathlib import Path

from jobs import job

from cradl import store
from cradl.config.model import Experiment
from cradl.config.plugins import require_plugins
from cradl.engine.experiment import simulated
from cradl.results.outcomes import Step, too_large

first, past = snakemake.params.trials
what = f"{snakemake.wildcards.experiment}, trials {first}-{past - 1}"
with job(snakemake, what) as running:
    require_plugins(snakemake.config["plugin_files"])
    config = snakemake.params.experiment
    experiment = Experiment.model_validate_json(store.as_json(config))
    inputs = snakemake.input
    datasets = {Path(path).stem: path for path in inputs.datasets}
    allocations = {Path(path).stem: path for path in inputs.allocations}
    scheduled = {Path(path).stem: path for path in inputs.bounds}
    with (
        store.opened(datasets) as data,
        store.opened(allocations) as devices,
        store.opened(scheduled) as rates,
    ):
        known = {name: one["smoothness"] for name, one in data.items()}
        cautions = too_large([Step(*one) for one in snakemake.params.steps], known)
        running.warn(cautions)
        results = simulated(
            experiment,
            data,
            devices,
            trials=range(first, past),
            rates=rates.get(snakemake.wildcards.experiment),
            progress=True,
            processes=snakemake.threads,
        )
    _, diverged, _ = results.variables["diverged_at"]
    running.log.info("diverged runs: %d", (diverged >= 0).sum())
    if cautions:
        told = {**results.attributes, "cautions": store.as_json(cautions)}
        results = results._replace(attributes=told)
    store.write(results, snakemake.output[0], config=config, source=snakemake.params.code)
