"""What is said of a figure to those who do not see it."""

import pytest
from matplotlib.figure import Figure

from paper_figures.drawing.description import description, plain


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (r"training loss $F(\mathbf{x}^t)$", "training loss F(x^t)"),
        (
            r"mean of $\mathrm{E}\|\nabla F(\mathbf{x}^t)\|^2$, $t \leq T$",
            "mean of E‖∇F(x^t)‖^2, t ≤T",
        ),
        (r"$\rho_3/\rho_1$, limit", "ρ_3/ρ_1, limit"),
        (r"$\lambda_2(SS^\top)/(rd)$", "λ_2(SS^⊤)/(rd)"),
        (r"within $C_\alpha\sqrt{\varsigma}$, printed", "within C_α√ς, printed"),
        ("two\nlines", "two lines"),
    ],
)
def test_labels_are_said_without_mathematical_markup(label, said):
    assert plain(label) == said


def test_panels_axes_and_legend_are_said():
    figure = Figure()
    top, bottom = figure.subplots(2, 1)
    top.set_title("(a) One", loc="left")
    top.set_ylabel("loss")
    top.set_yscale("log")
    bottom.set_title("(b) Other", loc="left")
    bottom.set_xlabel("iteration $t$")
    handles = [*top.plot([1, 2]), *top.plot([2, 3])]
    figure.legend(handles, ["MA", "CRA-DL"])
    assert description(figure) == (
        "Two panels. (a) One: loss, logarithmic against iteration t. "
        "(b) Other: loss against iteration t. Legend: MA; CRA-DL."
    )
