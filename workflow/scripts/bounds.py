"""Evaluate hypotheses, learning rates and bounds of the experiments for which it is not done."""

from pathlib import Path

from joblog import logged

from cradl import store
from cradl.engine.bound_inputs import constants, pair_spreads
from cradl.plugins import require_plugins
from cradl.study import Experiment
from theory.regime import regime

with logged(snakemake.log[0], "bounds") as log:
    require_plugins(snakemake.config["plugin_files"])
    params = snakemake.params
    datasets = {Path(path).stem: path for path in snakemake.input.datasets}
    allocations = {Path(path).stem: path for path in snakemake.input.allocations}
    for path in snakemake.output.spreads:
        request = params.pairs[Path(path).stem]
        origin = {"config": request, "source": params.spreads_code}
        if store.is_current(path, **origin):
            continue
        try:
            found = pair_spreads(
                store.read(datasets[request["dataset"]], only=["designs", "responses"]),
                store.read(allocations[request["allocation"]], only=["S"]),
                request["sigma_h"],
                [tuple(one) for one in request["groups"]],
                processes=snakemake.threads,
            )
            store.write(found, path, **origin)
        except store.Refused as error:
            store.refuse(path, str(error), **origin)
    spreads = {Path(path).stem: path for path in snakemake.output.spreads}
    for path in snakemake.output.bounds:
        name = Path(path).stem
        experiment = Experiment.model_validate_json(store.as_json(params.experiments[name]))
        config = params.experiments[name] | {"draws": params.draws[name]}
        if store.is_current(path, config=config, source=params.code):
            continue
        curves = experiment.curves
        used = {
            "data": {one.dataset: datasets[one.dataset] for one in curves},
            "devices": {one.allocation_id: allocations[one.allocation_id] for one in curves},
            "pairs": {
                one.pair_id: spreads[one.pair_id] for one in curves if one.pair_id in spreads
            },
        }
        try:
            with (
                store.opened(used["data"]) as data,
                store.opened(used["devices"]) as devices,
                store.opened(used["pairs"]) as pairs,
            ):
                found = constants(experiment, data, devices, pairs)
            results = regime(found, T=experiment.T)
        except (ValueError, store.Refused) as error:
            log.exception("refused: %s", path)
            store.refuse(path, str(error), config=config, source=params.code)
            continue
        for theorem in ("theorem1", "theorem2"):
            applies = results[theorem].notnull().any(("group", "iteration"))
            counts = int(applies.sum()), applies.size
            log.info("%s: %s applies to %d of %d curves", name, theorem, *counts)
        store.write(results, path, config=config, source=params.code)
