"""The numbers behind training curves: ``python -m cradl.results.loss_table STORE ...``."""

import argparse
import io
import sys
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from cradl import store
from cradl.results.statistics import (
    has_plateau,
    mean_interval,
    plateau,
    plateau_excess,
    still_falling,
)
from cradl.series import EARLY, PLATEAU

STILL_FALLING = "still falling"
"""What is said of a plateau that is none, because the curve has not come to rest."""


def milestones(
    results: xr.Dataset, *, times: Sequence[int] = EARLY, last: int = PLATEAU
) -> pd.DataFrame:
    """Return each curve's loss at some iterations and on its plateau, with 95% intervals.

    Parameters
    ----------
    results
        A store of `cradl.simulate`.
    times
        Iterations; those past the end are left out.
    last
        The plateau is the mean over this many last iterations; where they are more than half of
        all, there is no telling a plateau, and its columns are left out.

    Returns
    -------
    One row a curve; columns (quantity, mean | half-width). ``excess %`` is the plateau of
    F − F* in per cent of F*, the ratio taken trial by trial; ``accuracy %`` that of the test
    accuracy, if the store has it, NaN for curves whose data have no test samples.
    """
    columns = {
        f"loss t={t}": results["loss"].sel(iteration=t) for t in times if t in results["iteration"]
    }
    if has_plateau(results, last=last):
        columns["plateau"] = plateau(results["loss"], last=last)
        columns["excess %"] = plateau_excess(results, last=last)
        if "test_accuracy" in results:
            columns["accuracy %"] = 100 * plateau(results["test_accuracy"], last=last)
    if not columns:
        raise ValueError(
            f"need an iteration of {', '.join(map(str, times)) or 'any'} or {2 * last} iterations, "
            f"got {results.sizes['iteration']}"
        )
    table = {}
    for name, values in columns.items():
        interval = mean_interval(values)
        table[name, "mean"] = interval["mean"].to_numpy()
        table[name, "±"] = (interval["upper"] - interval["mean"]).to_numpy()
    index = pd.Index([str(one) for one in results["label"].values], name="curve")
    return pd.DataFrame(table, index=index)


def losses(stores: Iterable[xr.Dataset], *, times: Sequence[int], last: int) -> pd.DataFrame:
    """Return the milestones of all curves of a study, one row each.

    Parameters
    ----------
    stores
        Of `cradl.simulate`, one for each experiment.
    times, last
        As for `milestones`; the last iteration of every experiment is given besides.

    Returns
    -------
    Columns ``experiment``, ``curve``, ``trials``, ``T``, then each quantity and ``<quantity> ±``,
    the half-width of its 95% interval over trials; NaN if an experiment does not have it. The
    column ``note`` says which plateaus are none because the curve is still falling.
    """
    rows = []
    for one in stores:
        T = int(one["iteration"][-1])
        table = milestones(one, times=sorted({*times, T}), last=last)
        table = table.rename(columns={f"loss t={T}": "loss t=T"}) if T not in times else table
        table.columns = [name if kind == "mean" else f"{name} {kind}" for name, kind in table]
        known = {"experiment": one.attrs["experiment"], "curve": table.index}
        known |= {"trials": one.sizes["trial"], "T": T}
        falling = has_plateau(one, last=last) and still_falling(one, last=last).to_numpy()
        known["note"] = np.where(falling, STILL_FALLING, "")
        rows.append(table.reset_index(drop=True).assign(**known))
    found = pd.concat(rows, ignore_index=True)
    first = ["experiment", "curve", "trials", "T"]
    early = [f"loss t={t}" for t in times]
    quantities = [*early, "loss t=T", "plateau", "excess %", "accuracy %"]
    columns = [name for one in quantities for name in (one, f"{one} ±") if name in found]
    return found[[*first, *columns, "note"]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table of every store that is named."""
    parser = argparse.ArgumentParser(
        prog="python -m cradl.results.loss_table",
        description="Print the loss of every curve at some iterations and on its plateau, and its "
        "test accuracy there if it has one, mean and half-width of the 95% interval over trials.",
    )
    parser.add_argument("stores", nargs="+", help="files results/<study>/simulate/<experiment>.nc")
    parser.add_argument("--times", type=int, nargs="*", default=list(EARLY), metavar="T")
    parser.add_argument("--csv", action="store_true", help="comma-separated, all digits")
    chosen = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the encoding of a stream lacks is escaped.
            stream.reconfigure(errors="backslashreplace")
    for path in chosen.stores:
        try:
            results = store.read(path)
        except (FileNotFoundError, ValueError, store.Refused) as error:
            parser.error(str(error))
        if "loss" not in results:
            parser.error(f"need a store of simulated losses, got {path}")
        table = milestones(results, times=chosen.times)
        title = " ".join(results.attrs["title"].split())
        print(f"# {path}: {title}, {results.sizes['trial']} trials")
        shown = table.to_string(float_format="{:.4g}".format)
        print(table.to_csv(lineterminator="\n") if chosen.csv else shown)


if __name__ == "__main__":
    main()
