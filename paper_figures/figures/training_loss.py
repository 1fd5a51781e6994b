"""Training loss against iterations, as Figs. 2 to 5 of the paper show it."""

from collections.abc import Sequence

import xarray as xr
from matplotlib.figure import Figure

from paper_figures.drawing.panels import LOSS
from paper_figures.drawing.stacked import stacked


def draw(data: Sequence[xr.Dataset]) -> Figure:
    """Draw F(x^t) at all iterations, one panel per experiment.

    Supports how fast each method's loss falls. The plateaus, which differ by a few per cent, are
    invisible on an axis that starts at the initial loss: see `paper_figures.figures.excess_loss`.
    """
    return stacked(data, "loss", LOSS)
