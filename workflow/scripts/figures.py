"""Draw one figure in every format."""

import importlib
import json
from pathlib import Path

from joblog import logged

from cradl import store
from cradl.statistics import left_sides, plateau_excess, summary
from paper_figures import style

with logged(snakemake.log[0], f"figure {snakemake.wildcards.figure}"):
    module = importlib.import_module(f"paper_figures.{snakemake.params.draw}")
    last = snakemake.params.plateau
    runs = [store.read(path) for path in snakemake.input.runs]
    options = dict(snakemake.params.options)
    # What a module draws besides the runs, by the name of its argument.
    if "left_sides" in snakemake.params.takes:
        options["left_sides"] = {one.attrs["experiment"]: left_sides(one) for one in runs}
    if "bounds" in snakemake.params.takes:
        paths = {Path(path).stem: path for path in snakemake.input.bounds}
        options["bounds"] = store.read_all(paths)
    if "sharpened" in snakemake.params.takes:
        paths = {Path(path).stem: path for path in snakemake.input.sharpened}
        options["sharpened"] = store.read_all(paths)
    if "plateaus" in snakemake.params.takes:
        options["plateaus"] = {
            one.attrs["experiment"]: plateau_excess(one, last=min(last, one.sizes["iteration"]))
            for one in runs
        }
    if "counterexamples" in snakemake.params.takes:
        text = Path(snakemake.input.counterexamples[0]).read_text("utf-8")
        options["counterexamples"] = json.loads(text)
    if "thresholds" in snakemake.params.takes:
        options["thresholds"] = store.read(snakemake.input.thresholds[0])
    figure = module.draw([summary(one, last=last) for one in runs], **options)
    for path in snakemake.output:
        with store.replacing(path) as temporary:
            style.save(figure, temporary, title=snakemake.wildcards.figure)
