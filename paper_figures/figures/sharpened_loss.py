"""Theorem 3′ against T: the excess loss, measured, and bounds from a priori to measured."""

from collections.abc import Mapping, Sequence

import xarray as xr
from matplotlib.figure import Figure

from paper_figures.drawing.sharpened_panels import figure_of


def draw(
    data: Sequence[xr.Dataset],
    *,
    sharpened: Mapping[str, xr.Dataset],
    bounds: Mapping[str, xr.Dataset],
) -> Figure:
    """Draw F(x^T) − F* below its bounds.

    Supports that strong convexity turns the bounds on the gradient into bounds on the loss, of
    which the paper has none.
    """
    return figure_of(data, sharpened, bounds, gap=True)
