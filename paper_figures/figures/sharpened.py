"""Theorems 1′ and 2′ against T: the measured side below bounds from a priori to measured."""

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
    """Draw the mean squared gradient (the least one if rates decay) below its bounds.

    Supports that Theorems 1′ and 2′ give finite bounds where those of the paper do not apply, and
    shows their looseness: with σ of the iterates in place of a constant, the spread of the coded
    gradients in place of λ₂ σ.
    """
    return figure_of(data, sharpened, bounds, gap=False)
