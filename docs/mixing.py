"""Draw docs/site/explanation/mixing.svg: the trimmed mean without and with mixing."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from cradl.arrays import Floats
from cradl.composition import composed
from cradl.pre_aggregation import mixing_parameters_of
from paper_figures.drawing import style
from paper_figures.drawing.panels import lettered
from paper_figures.drawing.values import note

PICTURE = Path(__file__).parent / "site" / "explanation" / "mixing.svg"
MIXING = {"name": "nearest_neighbour_mixing"}
HONEST, BYZANTINE, RESULT = "honest", "Byzantine", "#0072b2"
BESIDE = 1e-6
"""The Byzantine messages are this little nearer than -5: nearer to -1 than 3 is."""
MESSAGES = np.array([-1.0] * 6 + [3.0] * 2 + [-5.0 + BESIDE] * 2)[:, np.newaxis]
"""The messages (10, 1): eight honest ones, then the Byzantine ones."""
F = 2


def mixed(messages: Floats) -> Floats:
    """Return the messages as nearest-neighbour mixing hands them to a rule."""
    before = composed("trimmed_mean", MIXING).before
    return before.mix(messages, F, parameters=mixing_parameters_of(MIXING), keys=None)


def error_sq(pre_aggregation: dict[str, str]) -> float:
    """Return the squared error of the trimmed mean over the average squared honest deviation."""
    honest = MESSAGES[:-F, 0]
    moved = composed("trimmed_mean", pre_aggregation)(MESSAGES, f=F)[0] - honest.mean()
    return float(moved**2 / honest.var())


def drawn() -> Figure:
    """Draw the messages as they come, and as they are mixed, with what the trimmed mean returns."""
    deviation = float(MESSAGES[:-F, 0].var())
    given = {"none": MESSAGES, MIXING["name"]: mixed(MESSAGES)}
    ratios = {name: error_sq({"name": name}) for name in given}
    titles = [
        f"As sent: error² = {_share(ratios['none'])} of the average squared deviation",
        f"After mixing: error² = {_share(ratios[MIXING['name']])} of it",
    ]
    with style.applied():
        figure = Figure(figsize=(style.PAGE_WIDTH, 1.9), layout="constrained")
        axes = figure.subplots(1, 2, sharex=True)
        for ax, title, (name, messages) in zip(axes, lettered(titles), given.items(), strict=True):
            ax.set_title(title)
            _draw_line(ax, messages, float(np.sqrt(ratios[name] * deviation)), deviation)
        ball = Patch(facecolor="0.87", edgecolor="0.55", linewidth=0.6)
        entries = {
            "honest message (with how many are there)": _marked("o", style.HONEST),
            "Byzantine message": _marked("X", style.BYZANTINE),
            "mean of the honest messages": _marked("|", "black"),
            "what the trimmed mean returns": _marked("*", RESULT),
            "as far as it can be moved without mixing": ball,
        }
        figure.legend(entries.values(), entries, loc="outside lower center", ncols=3)
    return figure


def _share(ratio: float) -> Fraction:
    """Return the fraction that a ratio comes as near to as the Byzantine messages come to -5."""
    return Fraction(ratio).limit_denominator(100)


def _marked(marker: str, color: str) -> Line2D:
    return Line2D([], [], color=color, marker=marker, linestyle="")


def _draw_line(ax: Axes, messages: Floats, error: float, deviation: float) -> None:
    """Draw messages above their line, and the result, which lies below the honest mean 0."""
    reach = float(np.sqrt(F / (len(messages) - 2 * F) * deviation))
    ax.axvspan(-reach, reach, zorder=0, facecolor="0.87", edgecolor="0.55", linewidth=0.6)
    kinds = {HONEST: messages[:-F, 0], BYZANTINE: messages[-F:, 0]}
    looks = {HONEST: ("o", style.HONEST, 0.4), BYZANTINE: ("X", style.BYZANTINE, 0.75)}
    for kind, (marker, color, height) in looks.items():
        places, counts = np.unique(kinds[kind].round(3), return_counts=True)
        ax.plot(places, np.full(len(places), height), marker, color=color, markersize=4.5)
        for place, count in zip(places, counts, strict=True):
            beside = {"textcoords": "offset points", "xytext": (5, 0), "va": "center"}
            ax.annotate(f"{count}", (place, height), fontsize=6, color=color, **beside)
        note(ax, f"{kind} messages", places, counts)
    ax.plot([0, -error], [0, 0], color=RESULT, linewidth=0.8)
    ax.plot(0, 0, "|", color="black", markersize=9)
    ax.plot(-error, 0, "*", color=RESULT, markersize=6.5)
    note(ax, "error² of what the trimmed mean returns", [-error], [error**2])
    ax.set_ylim(-0.35, 1.0)
    ax.set_yticks([])
    ax.grid(visible=False)
    ax.margins(x=0.06)


if __name__ == "__main__":
    style.save(drawn(), PICTURE, title="Mixing and the trimmed mean")
