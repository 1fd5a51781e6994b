"""Both sides of Theorems 1′ and 2′, with the paper's bounds beside them, and their ratios."""

import re
from collections.abc import Mapping

import numpy as np
import xarray as xr

BEFORE = ("any rule", "spectral", "least squares")
"""Forms that are known before a run; `known_before` takes the smallest."""
_DESCRIBED = ("label", "variant", "method", "aggregator", "schedule", "fixed_step_size")
_RATE = re.compile(r"(^|, )γ = ([^,]*)")


def primed_sides(
    panel: xr.Dataset, sharpened: Mapping[str, xr.Dataset], bounds: Mapping[str, xr.Dataset]
) -> xr.Dataset:
    """Return both sides of Theorem 1′, or 2′ for rates that decay, of each curve with a rule.

    Parameters
    ----------
    panel
        Summary of an experiment.
    sharpened, bounds
        By experiment: ``sides`` of `theory.runs.judge_primed`, and `theory.runs.hypotheses.regime`.

    Returns
    -------
    ``measured``, ``lower`` and ``upper`` (curve, iteration), ends of intervals that hold for all T
    at once; ``bound`` (curve, form, iteration) and ``paper`` (curve, iteration), the bound of
    Theorem 1 or 2, NaN if there is none; the coordinate ``theorem`` (curve), 1 or 2.

    Raises
    ------
    ValueError
        Several draws of data or allocation, each with its own expectation and bound.
    """
    name = str(panel.attrs["experiment"])
    sides, known = sharpened[name], bounds[name]
    if known.sizes["group"] != 1:
        drawn = f"{known.sizes['group']} of {name}"
        raise ValueError(f"need one draw of data and allocation for a bound, got {drawn}")
    robust = known.isel(curve=known["robust"].to_numpy(), group=0)
    theorem = np.where(np.ptp(robust["step_size"].to_numpy(), axis=1) > 0, 2, 1)
    chosen = sides.sel(statement=xr.DataArray([f"sharpened{one}" for one in theorem], dims="curve"))
    plain = {
        key: chosen[key].variable.transpose("curve", ..., "iteration")
        for key in ("measured", "lower", "upper", "bound")
    }
    paper = robust["theorem1"].where(theorem[:, np.newaxis] == 1, robust["theorem2"])
    described = {key: ("curve", robust[key].to_numpy()) for key in _DESCRIBED}
    return xr.Dataset(
        plain | {"paper": (("curve", "iteration"), paper.to_numpy())},
        described | {"theorem": ("curve", theorem), "form": sides["form"].to_numpy()},
        {"title": str(panel.attrs["title"])},
    )


def known_before(sides: xr.Dataset) -> xr.DataArray:
    """Return the smallest bound that is known before the run (curve, iteration)."""
    return sides["bound"].sel(form=list(BEFORE)).min("form")


def least_ratio(bound: xr.DataArray, sides: xr.Dataset) -> np.ndarray:
    """Return the least ratio of a bound and what is measured over all T (curve), NaN without bound.

    What is measured is the upper end of its interval, as in the tables of verdicts.
    """
    measured = sides["upper"].fillna(sides["measured"])
    ratio = (bound / measured.where(np.isfinite(measured))).min("iteration")
    return np.asarray(ratio.to_numpy(), dtype=float)


def by_rate(sides: xr.Dataset) -> dict[str, xr.Dataset]:
    """Divide curves of one experiment that differ in γ, by its value; "": they do not.

    Labels and variants of the parts say no γ.
    """
    matches = [_RATE.search(str(variant)) for variant in sides["variant"].values]
    rates = [match.group(2) if match else "" for match in matches]
    parts = {}
    for rate in dict.fromkeys(rates):
        part = sides.isel(curve=[place for place, other in enumerate(rates) if other == rate])
        for name in ("variant", "label"):
            plain = [_RATE.sub("", str(text)).removeprefix(", ") for text in part[name].values]
            part = part.assign_coords({name: ("curve", plain)})
        parts[rate] = part
    return parts
