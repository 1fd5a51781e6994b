"""Summaries of runs as figures get them, and what a figure holds of them."""

import numpy as np
import xarray as xr

METHODS = ["mean_averaging", "sgc_dl", "clairvoyant", *["rba_dl"] * 3, *["cra_dl"] * 3]
RULES = ["mean"] * 3 + ["median", "trimmed_mean", "phocas"] * 2


def summary(iterations=101, methods=METHODS, rules=RULES, variants=None, *, plateau=True, **coords):
    """Return curves that fall from 5e6 to ends of 50 to 100, with intervals of -10 and +20%.

    The plateau, in per cent, is 2, 3, ... from the first curve to the last.
    """
    count = len(methods)
    variants = variants or [""] * count
    fall = 5e6 * 0.5 ** np.arange(iterations) + 50
    excess = fall * np.linspace(1, 2, count)[:, np.newaxis]
    values = {"excess_loss": excess, "loss": excess + 400}
    parts = {}
    for end, factor in (("", 1), ("_lower", 0.9), ("_upper", 1.2)):
        for name, mean in values.items():
            parts[name + end] = (("curve", "iteration"), factor * mean)
        if plateau:
            parts[f"plateau_excess{end}"] = ("curve", factor * (2.0 + np.arange(count)))
    if plateau:
        parts["still_falling"] = ("curve", np.zeros(count, dtype=bool))
    labels = [
        ", ".join(filter(None, [f"{method} {rule}", variant]))
        for method, rule, variant in zip(methods, rules, variants, strict=True)
    ]
    names = {"method": methods, "aggregator": rules, "variant": variants, "label": labels}
    return xr.Dataset(
        parts,
        coords={"iteration": np.arange(iterations)}
        | {name: ("curve", list(one)) for name, one in (names | coords).items()},
        attrs={"title": "A title", "experiment": "one", "trials": 100},
    )


def dots(ax, axis=0):
    """Return by its colour and marker the mean and the interval of every dot of a panel.

    Parameters
    ----------
    axis
        0 if the intervals are horizontal, 1 if they are vertical.
    """
    found = []
    for container in ax.containers:
        line, _, (bar,) = container.lines
        ends = bar.get_segments()[0][:, axis] if len(bar.get_segments()[0]) else [np.nan] * 2
        found.append((line.get_xydata()[0], ends, line))
    return found


def rows_of(table, panel, curve):
    """Return the rows that a figure notes of one curve of a panel."""
    return table[(table["panel"] == panel) & (table["curve"] == curve)]
