"""Draw one figure in every format."""

import importlib

from joblog import logged

from cradl import store
from cradl.statistics import summary
from paper_figures import style

with logged(snakemake.log[0], f"figure {snakemake.wildcards.figure}"):
    module = importlib.import_module(f"paper_figures.{snakemake.params.draw}")
    panels = [summary(store.read(path)) for path in snakemake.input]
    figure = module.draw(panels, **snakemake.params.options)
    for path in snakemake.output:
        with store.replacing(path) as temporary:
            style.save(figure, temporary)
