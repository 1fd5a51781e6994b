"""Decide every equation of the paper."""

from collections import Counter

from joblog import logged

from cradl import store
from theory.ledger import ledger, ledger_csv, require_complete

with logged(snakemake.log[0], "equations") as log:
    rows = ledger()
    require_complete(row.equation for row in rows)
    log.info("verdicts: %s", dict(Counter(row.verdict for row in rows)))
    for row in rows:
        log.info("%s: %s in %.2f s", row.equation, row.verdict, row.seconds)
    store.write_text(snakemake.output[0], ledger_csv(rows))
