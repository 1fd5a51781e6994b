"""What lies beyond a panel: an arrow at its edge, with the number or a word beside it."""

from typing import Any

from paper_figures.drawing import style


def draw_beyond(
    ax: Any, place: float, line: style.Line, said: str, *, high: bool, gap: float, fontsize: float
) -> None:
    """Draw an arrow at the right or left edge, and inside the panel what it stands for.

    Parameters
    ----------
    place
        On the vertical axis.
    gap
        Between the edge and the words, in points.
    """
    edge, sign, side = (1.0, ">", "right") if high else (0.0, "<", "left")
    ax.plot(
        *(edge, place, sign),
        color=line.color,
        markerfacecolor=line.face,
        transform=ax.get_yaxis_transform(),
        clip_on=False,
    )
    ax.annotate(
        *(said, (edge, place)),
        xycoords=ax.get_yaxis_transform(),
        xytext=(-gap if high else gap, 0),
        textcoords="offset points",
        **{"ha": side, "va": "center", "fontsize": fontsize},
    )
