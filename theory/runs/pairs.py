"""Match the bounds of each experiment with its runs, and estimate expectations from trials."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]


class Pair(NamedTuple):
    """One experiment: the output of `hypotheses.regime` for its curves, and their runs."""

    name: str
    bounds: xr.Dataset
    runs: xr.Dataset
    group: NDArray[np.intp]
    """Each trial's index in the dimension ``group``: its draw of data and allocation."""

    def of(self, curves: NDArray[np.intp]) -> "Pair":
        """Return the pair with only the given curves."""
        if np.array_equal(curves, np.arange(self.bounds.sizes["curve"])):
            return self
        chosen = {"curve": curves}
        return self._replace(bounds=self.bounds.isel(chosen), runs=self.runs.isel(chosen))

    def series(self, name: str) -> Floats:
        """Return a measured variable (curve, trial, iteration), infinite from divergence on."""
        values = _array(self.runs, name, "curve", "trial", "iteration")
        if np.isnan(values).any():
            raise ValueError(f"need numbers in {name} of {self.name}, got NaN")
        return values

    def setting(self, name: str) -> Floats:
        """Return a setting of the curves (curve, 1, 1)."""
        return self.bounds.variables[name].to_numpy().astype(np.float64)[:, np.newaxis, np.newaxis]

    def of_groups(self, name: str) -> Floats:
        """Return a constant of data and allocation (curve, group)."""
        return _array(self.bounds, name, "curve", "group")

    def of_updates(self, name: str) -> Floats:
        """Return a variable of the bounds per iteration (curve, group, iteration)."""
        return _array(self.bounds, name, "curve", "group", "iteration")

    def factors(self, names: Sequence[str]) -> Floats:
        """Return the factors of some hypotheses (curve, group, hypothesis)."""
        known = self.bounds.variables["hypothesis"].to_numpy().tolist()
        factors = _array(self.bounds, "factor", "curve", "group", "hypothesis")
        return factors[..., [known.index(name) for name in names]]

    def constant(self, name: str) -> Floats:
        """Return a constant of data and allocation for every trial (curve, trial, 1)."""
        return self.of_groups(name)[:, self.group, np.newaxis]


def _array(store: xr.Dataset, name: str, *dimensions: str) -> Floats:
    """Return a variable as an array; a variable transposes faster without its coordinates."""
    return np.asarray(store.variables[name].transpose(*dimensions).to_numpy())


def pairs(bounds: Mapping[str, xr.Dataset], runs: Mapping[str, xr.Dataset]) -> Iterator[Pair]:
    """Yield the matched stores of every experiment, one at a time to save memory.

    Raises
    ------
    ValueError
        If there is no experiment, if an experiment, curve, draw or iteration is in one store alone,
        or if the learning rates of runs and bounds differ.
    """
    if not bounds and not runs:
        raise ValueError("need at least one experiment, got none")
    _agree("bounds and runs of the same experiments", sorted(bounds), sorted(runs))
    for name in bounds:
        yield _pair(name, bounds[name], runs[name])


def _pair(name: str, bounds: xr.Dataset, runs: xr.Dataset) -> Pair:
    if bounds.sizes["curve"] == 0 or runs.sizes["trial"] == 0:
        raise ValueError(f"need a curve and a trial in {name}, got {dict(runs.sizes)}")
    for coordinate in ("label", "iteration"):
        in_bounds, in_runs = (store[coordinate].to_numpy().tolist() for store in (bounds, runs))
        _agree(
            f"bounds and runs of {name} with the same {coordinate}, in order", in_bounds, in_runs
        )
    drawn, ran = _draws(bounds), _draws(runs)
    _agree(f"bounds for the draws of data and allocation of {name}", sorted(drawn), sorted({*ran}))
    places = np.array([drawn.index(draw) for draw in ran])
    pair = Pair(name, bounds, runs, places)
    used, meant = pair.series("step_size"), pair.of_updates("step_size")[:, places]
    differs = ~np.isclose(used, meant, rtol=1e-12, atol=0)
    if differs.any():
        curve = bounds["label"].to_numpy()[differs.any(axis=(1, 2))][0]
        raise ValueError(f"need bounds of {name} for the steps that runs took, got others: {curve}")
    return pair


def _draws(store: xr.Dataset) -> list[tuple[int, int]]:
    names = ("data_draw", "allocation_draw")
    return list(zip(*(store[name].to_numpy().tolist() for name in names), strict=True))


def _agree(needed: str, in_bounds: Sequence[object], in_runs: Sequence[object]) -> None:
    if in_bounds == in_runs:
        return
    sides = {"bounds": (in_bounds, in_runs), "runs": (in_runs, in_bounds)}
    alone = {
        store: ", ".join(str(name) for name in names if name not in others)
        for store, (names, others) in sides.items()
    }
    got = [f"{names} in the {store} alone" for store, names in alone.items() if names]
    raise ValueError(f"need {needed}, got {' and '.join(got) or 'another order'}")


def limits(values: Floats, *, tail: float) -> tuple[Floats, Floats, Floats]:
    """Return the mean over the trials and Student's limits for its expectation.

    Parameters
    ----------
    values
        Nonnegative numbers (curve, trial, ...) from independent trials.
    tail
        Probability that the expectation is above the upper limit, and equally below the lower one.

    Returns
    -------
    Mean, lower limit and upper limit (curve, ...). The limits of a single trial are NaN.
    """
    trials = values.shape[1]
    # Shortly before divergence a value may be finite and its square infinite.
    with np.errstate(over="ignore", invalid="ignore"):
        mean = values.mean(axis=1)
        if trials == 1:
            half = np.full_like(mean, np.nan)
        else:
            quantile = special.stdtrit(trials - 1, 1 - tail)
            half = quantile * values.std(axis=1, ddof=1) / np.sqrt(trials)
        low, high = mean - half, mean + half
    # By Markov's inequality an overflow is not compatible with a finite expectation.
    diverged = np.isinf(mean)
    return mean, np.where(diverged, np.inf, low), np.where(diverged, np.inf, high)


def in_groups(pair: Pair, values: Floats, *, tail: float) -> tuple[Floats, Floats, Floats]:
    """Return `limits` of every group's trials (curve, group, ...)."""
    groups = range(pair.bounds.sizes["group"])
    of_groups = [limits(values[:, pair.group == group], tail=tail) for group in groups]
    mean, low, high = (np.stack(parts, axis=1) for parts in zip(*of_groups, strict=True))
    return mean, low, high
