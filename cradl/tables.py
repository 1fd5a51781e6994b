"""The numbers behind training curves: ``python -m cradl.tables STORE ...``."""

import argparse
from collections.abc import Sequence

import pandas as pd
import xarray as xr

from cradl import store
from cradl.statistics import has_plateau, mean_interval, plateau, plateau_excess

TIMES = (5, 10, 20)
LAST = 20


def milestones(
    results: xr.Dataset, *, times: Sequence[int] = TIMES, last: int = LAST
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
    F − F* in per cent of F*, the ratio taken trial by trial.
    """
    columns = {
        f"loss t={t}": results["loss"].sel(iteration=t) for t in times if t in results["iteration"]
    }
    if has_plateau(results, last=last):
        columns["plateau"] = plateau(results["loss"], last=last)
        columns["excess %"] = plateau_excess(results, last=last)
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


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table of every store that is named."""
    parser = argparse.ArgumentParser(
        prog="python -m cradl.tables",
        description="Print the loss of every curve at some iterations and on its plateau, "
        "mean and half-width of the 95% interval over trials.",
    )
    parser.add_argument("stores", nargs="+", help="files results/<study>/simulate/<experiment>.nc")
    parser.add_argument("--times", type=int, nargs="*", default=list(TIMES), metavar="T")
    parser.add_argument("--csv", action="store_true", help="comma-separated, all digits")
    chosen = parser.parse_args(arguments)
    for path in chosen.stores:
        results = store.read(path)
        if "loss" not in results:
            parser.error(f"need a store of simulated losses, got {path}")
        table = milestones(results, times=chosen.times)
        print(f"# {path}: {results.attrs['title']}, {results.sizes['trial']} trials")
        print(table.to_csv() if chosen.csv else table.to_string(float_format="{:.4g}".format))


if __name__ == "__main__":
    main()
