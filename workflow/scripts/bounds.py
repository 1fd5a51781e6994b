"""Evaluate hypotheses, learning rates and bounds of the experiments for which it is not done."""

from functools import cache
from pathlib import Path

from jobs import job

from cradl import store
from cradl.allocation import DESCRIBED
from cradl.config.model import Experiment
from cradl.config.plugins import require_plugins
from cradl.engine.bound_inputs import constants, pair_spreads
from cradl.problems import PROBLEMS
from theory.runs.hypotheses import regime

# What the constants need of data sets and allocations, besides designs and S, which are large.
SMALL = (
    "responses",
    "smoothness",
    "strong_convexity",
    "minimum",
    "heterogeneity_max_sq",
    "heterogeneity_mean_sq",
)
OF_S = ("degree", *DESCRIBED)


def of_classes(problem):
    """Tell whether a problem is one of class numbers; not, if the data were refused."""
    return problem in PROBLEMS and PROBLEMS[problem].classes


@cache
def read(path, *only):
    """Read a store, or some of its variables, once."""
    return store.read(path, only=only or None)


with job(snakemake, "bounds") as running:
    require_plugins(snakemake.config["plugin_files"])
    params = snakemake.params
    datasets = {Path(path).stem: path for path in snakemake.input.datasets}
    allocations = {Path(path).stem: path for path in snakemake.input.allocations}
    for path in snakemake.output.spreads:
        request = params.pairs[Path(path).stem]
        origin = {"config": request, "source": params.spreads_code}
        if running.is_current(path):
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
            running.record(path)
        except store.Refused as error:
            store.refuse(path, str(error), **origin)
            running.record(path, refused=True)
    spreads = {Path(path).stem: path for path in snakemake.output.spreads}
    for path in snakemake.output.bounds:
        name = Path(path).stem
        experiment = Experiment.model_validate_json(store.as_json(params.experiments[name]))
        config = params.experiments[name] | {"draws": params.draws[name]}
        if running.is_current(path):
            continue
        curves = experiment.curves
        problems = {store.attributes(datasets[one.dataset]).get("problem") for one in curves}
        margins = all(one.start == "zero" for one in curves)
        # At zero, the loss of a generalised linear problem needs no designs.
        designs = () if margins and not any(map(of_classes, problems)) else ("designs",)
        pairs = {one.pair_id for one in curves} & spreads.keys()
        try:
            found = constants(
                experiment,
                {one.dataset: read(datasets[one.dataset], *SMALL, *designs) for one in curves},
                {one.allocation_id: read(allocations[one.allocation_id], *OF_S) for one in curves},
                {
                    one.pair_id: read(spreads[one.pair_id])
                    for one in curves
                    if one.pair_id in spreads
                },
            )
            results = regime(found, T=experiment.T)
        except (ValueError, store.Refused) as error:
            running.log.exception("refused: %s", path)
            store.refuse(path, str(error), config=config, source=params.code)
            running.record(path, refused=True)
            continue
        for theorem in ("theorem1", "theorem2"):
            applies = results[theorem].notnull().any(("group", "iteration"))
            counts = int(applies.sum()), applies.size
            running.log.info("%s: %s applies to %d of %d curves", name, theorem, *counts)
        store.write(results, path, config=config, source=params.code)
        running.record(path)
