"""Excess of the training loss over its minimum, against iterations."""

from collections.abc import Sequence

import xarray as xr
from matplotlib.figure import Figure

from paper_figures.drawing.panels import training_curves


def draw(data: Sequence[xr.Dataset]) -> Figure:
    """Draw F(x^t) - F*, one panel per experiment.

    Supports which method has the smallest solution error: its plateau is that error, which the
    loss itself hides under F*.
    """
    return training_curves(data, "excess_loss", r"excess loss $F(\mathbf{x}^t) - F^*$")
