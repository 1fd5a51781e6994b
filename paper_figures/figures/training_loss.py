"""Training loss against iterations, as Figs. 2 to 5 of the paper show it."""

from collections.abc import Sequence

import xarray as xr
from matplotlib.figure import Figure

from paper_figures.drawing.panels import training_curves


def draw(data: Sequence[xr.Dataset]) -> Figure:
    """Draw F(x^t), one panel per experiment.

    Supports how fast each method's loss falls. The plateaus, which differ by a few per cent, are
    invisible on an axis that starts at the initial loss: see `paper_figures.figures.excess_loss`.
    """
    return training_curves(data, "loss", r"training loss $F(\mathbf{x}^t)$")
