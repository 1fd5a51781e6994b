"""Accuracy on samples that no device has, against iterations."""

from collections.abc import Sequence

import xarray as xr
from matplotlib.figure import Figure

from paper_figures.drawing.panels import ACCURACY
from paper_figures.drawing.stacked import stacked


def draw(data: Sequence[xr.Dataset]) -> Figure:
    """Draw the share of test samples that x^t classifies rightly, one panel per experiment.

    Supports what a method's model is worth to its user, which the training loss of few samples per
    class does not say.
    """
    figure = stacked(data, "test_accuracy", ACCURACY, logarithmic=False)
    for ax in figure.axes:
        # Intervals of few trials go beyond what a share can be.
        low, high = ax.get_ylim()
        ax.set_ylim(max(low, 0.0), min(high, 1.0))
    return figure
