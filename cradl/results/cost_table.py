"""What the methods of an experiment cost: what its runs took, beside the most that is promised."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from cradl.allocation import allocation_id
from cradl.results.costs import Costs, costs
from cradl.methods import METHODS
from cradl.results.statistics import mean_interval

_PER_ITERATION = ("server_gradients", "rounds", "numbers_received")


def counted(store: xr.Dataset, allocations: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Count what every curve of an experiment took, beside `cradl.results.costs.costs`.

    Parameters
    ----------
    store
        As `cradl.simulate` returns it.
    allocations
        The allocations it was simulated with, by `cradl.config.model.Curve.allocation_id`.

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
    N, M, r, f = (int(curve[name]) for name in ("N", "M", "r", "tolerated"))
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
