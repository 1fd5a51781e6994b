"""Which experiments of a study one table compares.

The rule of the report takes the names of its outputs from here while Snakemake plans, so that this
module imports nothing that takes time.
"""

from collections.abc import Mapping, Sequence


def groups(curves: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the experiments with the same curves, by the name of their table.

    Parameters
    ----------
    curves
        The labels of every experiment's curves.

    Returns
    -------
    The experiments of each table, by its name: ``comparison`` for the first with several
    experiments, or else the first; ``comparison_<first experiment>`` for the others. One curve of
    one experiment is compared with nothing and has none.

    Examples
    --------
    >>> groups({"a": ["MA"], "b": ["MA", "CRA-DL"], "c": ["RBA-DL", "MA"], "d": ["MA", "RBA-DL"]})
    {'comparison_b': ['b'], 'comparison': ['c', 'd']}
    """
    alike: dict[frozenset[str], list[str]] = {}
    for experiment, labels in curves.items():
        alike.setdefault(frozenset(labels), []).append(experiment)
    tables = [
        experiments for labels, experiments in alike.items() if len(labels) * len(experiments) > 1
    ]
    first = next((table for table in tables if len(table) > 1), tables[0] if tables else None)
    return {"comparison" if table is first else f"comparison_{table[0]}": table for table in tables}
