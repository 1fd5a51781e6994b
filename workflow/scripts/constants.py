"""Compare the constants of Table I with the truth."""

import pandas as pd
from joblog import logged
from threadpoolctl import threadpool_limits

from cradl import store
from cradl.aggregation import RULES
from cradl.plugins import require_plugins
from theory.constants_table import ConstantRow, constants_table
from theory.counterexamples import drawn

with logged(snakemake.log[0], "true constants") as log:
    require_plugins(snakemake.config["plugin_files"])
    used = {name: RULES[name] for name in snakemake.params.rules}
    with threadpool_limits(limits=1, user_api="blas"):
        rows = constants_table(map(tuple, snakemake.params.sizes), used)
    table = pd.DataFrame(rows, columns=ConstantRow._fields)
    log.info("verdicts: %s", table.groupby("rule")["verdict"].value_counts().to_dict())
    store.write_text(snakemake.output.csv, table.to_csv(index=False))
    store.write_text(snakemake.output.counterexamples, store.as_json(drawn()))
