"""Evaluate Table I, and compare its constants with the truth."""

from collections import Counter

from jobs import job

from cradl import files
from cradl.config.plugins import require_plugins
from theory.beyond.constants_table import constants_csv, constants_table, read_constants
from theory.beyond.counterexamples import drawn
from theory.paper.table1 import TABLE_I, table1, table1_csv


def rule_of(name):
    """Return a rule; the compiled loops are waited for only where a rule is searched."""
    from cradl.composition import composed

    return composed(*snakemake.params.rules.get(name, (name, {"name": "none"})))


def searched(name):
    """Tell whether a search can bound the constant of a rule, which is not in Table I."""
    return name not in TABLE_I and rule_of(name).may_have_constant


with job(snakemake, "constants of Table I") as running:
    sizes = [tuple(one) for one in snakemake.params.sizes]
    files.write_text(snakemake.output.table1, table1_csv(table1(sizes)))
    files.write_text(snakemake.output.counterexamples, files.as_json(drawn()))
    # Before plugins, which may not change what all studies share.
    grid = files.kept(
        snakemake.params.shared, lambda: constants_csv(constants_table((), rule_of)), running.warn
    )
    require_plugins(snakemake.config["plugin_files"])
    others = {name: rule_of(name).max_f for name in snakemake.params.rules if searched(name)}
    rows = constants_table(sizes, rule_of, others=others, known=read_constants(grid))
    running.log.info("verdicts: %s", dict(Counter((row.rule, row.verdict) for row in rows)))
    files.write_text(snakemake.output.csv, constants_csv(rows))
