"""What the methods of an experiment cost: what its runs took, beside the most that is promised."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from cradl.allocation import allocation_id
from cradl.costs import Costs, costs
from cradl.latex import in_latex, table_line
from cradl.methods import METHODS
from cradl.statistics import mean_interval

_PER_ITERATION = ("server_gradients", "rounds", "numbers_received")


def counted(store: xr.Dataset, allocations: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Count what every curve of an experiment took, beside `cradl.costs.costs`.

    Parameters
    ----------
    store
        As `cradl.simulate` returns it.
    allocations
        The allocations it was simulated with, by `cradl.study.Curve.allocation_id`.

    Returns
    -------
    One row a curve. Each field of `Costs` has the columns ``largest``, over devices, trials and
    iterations, and ``promised``; what is counted in every iteration also has ``mean``, and ``±``,
    the half-width of its 95% interval over trials. ``computation of all devices`` is the mean over
    the draws of the allocation. ``within promise`` is yes where nothing is larger than promised.

    Raises
    ------
    ValueError
        A trial diverged at once, so that it has no iteration in which to count.
    """
    if bool((store["diverged_at"] == 0).any()):
        raise ValueError(
            f"need a finite iteration in every trial of {store.attrs['experiment']}, "
            f"got {int((store['diverged_at'] == 0).sum())} trials that diverge at iteration 0"
        )
    curves = (store.isel(curve=index) for index in range(store.sizes["curve"]))
    rows = [_counted(one, allocations) for one in curves]
    return pd.DataFrame([{"experiment": store.attrs["experiment"], **row} for row in rows])


def _counted(curve: xr.Dataset, allocations: Mapping[str, xr.Dataset]) -> dict[str, Any]:
    """Return the row of one curve."""
    method = METHODS[curve["method"].item()]
    N, M, r, f = (int(curve[name]) for name in ("N", "M", "r", "withstood"))
    name = allocation_id(curve["allocation"].item(), N=N, M=M, r=r)
    S = allocations[name]["S"].isel(draw=np.unique(curve["allocation_draw"])).to_numpy()
    computed = np.array([np.diff(method.encode(one).starts) for one in S])
    most = costs(
        curve["method"].item(),
        N=N,
        M=M,
        # Past the features of the curve's own problem there is nothing.
        D=int(curve["final_iterate"].notnull().any("trial").sum()),
        f=f,
        r=r if method.allocation is None else None,
    )
    # From divergence on, series hold infinity, which is no count.
    counts = {one: curve[one].where(np.isfinite(curve[one])) for one in _PER_ITERATION}
    largest = Costs(
        int(S.sum(axis=2, dtype=np.int64).max()),
        int(computed.max()),
        *(int(one.max()) for one in counts.values()),
    )
    row: dict[str, Any] = {"curve": curve["label"].item()}
    for field in Costs._fields:
        quantity = field.replace("_", " ")
        if field in counts:
            interval = mean_interval(counts[field].mean("iteration"))
            row[f"{quantity} mean"] = float(interval["mean"])
            row[f"{quantity} ±"] = float(interval["upper"] - interval["mean"])
        row[f"{quantity} largest"] = getattr(largest, field)
        row[f"{quantity} promised"] = getattr(most, field)
    row["computation of all devices"] = float(computed.sum(axis=1).mean())
    within = all(took <= limit for took, limit in zip(largest, most, strict=True))
    return row | {"within promise": "yes" if within else "no"}


def costs_csv(rows: pd.DataFrame) -> str:
    """Write rows of `counted` as CSV: all digits; empty where one trial leaves no interval."""
    text: str = rows.to_csv(index=False, lineterminator="\n")
    return text


_HEADS = {
    "Experiment": "",
    "Curve": "",
    "Storage": "subsets",
    "Computation": "gradients",
    "All devices": "gradients",
    "Server": "gradients",
    "Rounds": "",
    "Received": "numbers",
    "Within promise": "",
}


def costs_latex(rows: pd.DataFrame) -> str:
    """Write rows of `counted` as a LaTeX ``tabular`` that needs the package booktabs.

    One line per curve. A cell gives the mean with the half-width of its interval where that is not
    zero, then the largest count beside the most that is promised.

    Raises
    ------
    ValueError
        If there is no row.
    """
    if rows.empty:
        raise ValueError("need the costs of at least one curve, got none")
    numbers = len(_HEADS) - 3
    lines = [rf"\begin{{tabular}}{{ll{'r' * numbers}l}}", r"\toprule"]
    lines += [table_line(list(_HEADS)), table_line(list(_HEADS.values())), r"\midrule"]
    for row in rows.to_dict("records"):
        total = f"${row['computation of all devices']:.10g}$"
        cells = [_limited(row, field.replace("_", " ")) for field in Costs._fields]
        names = [in_latex(row["experiment"]), in_latex(row["curve"])]
        lines.append(table_line([*names, *cells[:2], total, *cells[2:], row["within promise"]]))
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _limited(row: Mapping[str, Any], quantity: str) -> str:
    r"""Return for example ``$1.52 \pm 0.03$; $4 \leq 10$``."""
    largest, promised = row[f"{quantity} largest"], row[f"{quantity} promised"]
    relation = r"\leq" if largest <= promised else ">"
    limited = f"${largest} {relation} {promised}$"
    if f"{quantity} mean" not in row:
        return limited
    mean, half = row[f"{quantity} mean"], row[f"{quantity} ±"]
    measured = rf"{mean:.2f} \pm {half:.2f}" if half > 0 else f"{mean:.10g}"
    return f"${measured}$; {limited}"
