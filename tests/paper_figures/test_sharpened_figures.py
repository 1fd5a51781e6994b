"""Figures of what goes beyond the paper: what is drawn is what the stores hold."""

import numpy as np
import pytest
import xarray as xr

from paper_figures.figures import counterexamples, sharpened, sharpened_loss, spectral_gap
from theory.beyond.counterexamples import drawn

T = 9
FORMS = ["any rule", "spectral", "least squares", "sigma measured", "spread measured"]
STATEMENTS = ["sharpened1", "sharpened2", "sharpened3"]


def stores(name, rules=("median", "phocas"), rates=("",), groups=1, decays=False):
    """Return the summary, both sides and the bounds of an experiment, all different."""
    curves = [(rule, rate) for rule in rules for rate in rates]
    variants = [f"γ = {rate}" if rate else "" for _, rate in curves]
    labels = [
        f"CRA-DL ({rule}){', ' if one else ''}{one}"
        for (rule, _), one in zip(curves, variants, strict=True)
    ]
    settings = {
        "label": ("curve", labels),
        "variant": ("curve", variants),
        "method": ("curve", ["cra_dl"] * len(curves)),
        "aggregator": ("curve", [rule for rule, _ in curves]),
    }
    count = len(curves)
    falling = 1e6 / (np.arange(T + 1) + 1.0)
    scale = 10.0 ** np.arange(count)[:, None, None]
    measured = scale * np.array([1.0, 2.0, 3.0])[None, :, None] * falling
    bound = np.stack([measured * 3 * (form + 1) for form in range(len(FORMS))], axis=2)
    bound[:, :, 0] = np.nan
    sides = xr.Dataset(
        {
            "measured": (("curve", "statement", "iteration"), measured),
            "lower": (("curve", "statement", "iteration"), measured * 0.9),
            "upper": (("curve", "statement", "iteration"), measured * 1.1),
            "bound": (("curve", "statement", "form", "iteration"), bound),
        },
        {"label": ("curve", labels), "statement": STATEMENTS, "form": FORMS},
    )
    steps = np.ones((count, groups, T + 1))
    steps = steps / np.sqrt(np.arange(T + 1) + 1) if decays else steps
    bounds = xr.Dataset(
        {
            "step_size": (("curve", "group", "iteration"), steps),
            "theorem1": (("curve", "group", "iteration"), np.full_like(steps, np.nan)),
            "theorem2": (("curve", "group", "iteration"), np.full_like(steps, np.nan)),
        },
        settings | {"robust": ("curve", [True] * count)},
    )
    bounds["theorem1"][0] = 7e9
    panel = xr.Dataset(coords=settings, attrs={"experiment": name, "title": f"Title of {name}"})
    return panel, sides, bounds


def drawn_by(module, *found):
    names = [str(one[0].attrs["experiment"]) for one in found]
    given = {
        "sharpened": {name: one[1] for name, one in zip(names, found, strict=True)},
        "bounds": {name: one[2] for name, one in zip(names, found, strict=True)},
    }
    return module.draw([one[0] for one in found], **given)


def heights(ax):
    return [line.get_ydata() for line in ax.get_lines()]


def has(ax, values):
    return any(len(one) == len(values) and np.allclose(one, values) for one in heights(ax))


@pytest.mark.parametrize(
    ("module", "decays", "statement"),
    [(sharpened, False, 0), (sharpened, True, 1), (sharpened_loss, False, 2)],
)
def test_both_sides_are_those_of_the_statement_that_speaks_of_the_rates(module, decays, statement):
    found = stores("one", decays=decays)
    figure = drawn_by(module, found)
    (ax,) = figure.axes
    for curve in range(2):
        one = found[1].isel(curve=curve, statement=statement)
        assert has(ax, one["measured"])
        # The least of what is known before a run, and the spread as measured; σ is not needed.
        assert has(ax, one["bound"].sel(form="spectral"))
        assert has(ax, one["bound"].sel(form="spread measured"))
        assert not has(ax, one["bound"].sel(form="sigma measured"))
    assert has(ax, np.full(T + 1, 7e9)) == (module is sharpened)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"CRA-DL (median)", "CRA-DL (phocas)"} <= set(names)
    assert ("bound of the paper" in names) == (module is sharpened)


def test_a_bound_with_measured_sigma_stands_in_where_none_is_known_before():
    panel, sides, bounds = stores("one")
    known = sides["form"].isin(["spectral", "least squares", "any rule"])
    sides["bound"] = sides["bound"].where(~known)
    figure = drawn_by(sharpened, (panel, sides, bounds))
    one = sides["bound"].isel(curve=0, statement=0).sel(form="sigma measured")
    assert has(figure.axes[0], one)


def test_learning_rates_have_panels_of_their_own():
    found = [stores(name, rates=("0.1", "0.2")) for name in ("one", "two")]
    figure = drawn_by(sharpened, *found)
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == [
        r"(a) Title of one, $\gamma = 0.1$",
        r"(b) Title of two, $\gamma = 0.1$",
        r"(c) Title of one, $\gamma = 0.2$",
        r"(d) Title of two, $\gamma = 0.2$",
    ]
    assert has(figure.axes[2], found[0][1]["measured"][1, 0])
    assert not has(figure.axes[0], found[0][1]["measured"][1, 0])
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names[:2] == ["CRA-DL (median)", "CRA-DL (phocas)"]


def test_several_draws_have_no_bound_in_common():
    with pytest.raises(ValueError, match=r"need one draw of data and allocation .*, got 2 of one"):
        drawn_by(sharpened, stores("one", groups=2))


def test_every_allocation_is_a_point_at_its_eigenvalue():
    kinds = ["regular", "grouped"]
    rng = np.random.default_rng(1)
    gain, plateau = rng.uniform(0.2, 1, (2, 5)), rng.uniform(1, 9, (2, 5))
    groups = {"data_draw": ("group", [0] * 5), "allocation_draw": ("group", np.arange(5))}
    bounds = xr.Dataset(
        {"spread_gain": (("curve", "group"), gain)}, {"allocation": ("curve", kinds), **groups}
    )
    # The trials in another order than the groups
    order = np.array([3, 1, 4, 0, 2])
    trials = {"data_draw": ("trial", [0] * 5), "allocation_draw": ("trial", order)}
    plateaus = xr.DataArray(plateau[:, order], dims=("curve", "trial"), coords=trials)
    panel = xr.Dataset(attrs={"experiment": "one", "title": "One"})
    figure = spectral_gap.draw([panel], plateaus={"one": plateaus}, bounds={"one": bounds})
    (ax,) = figure.axes
    dots = [line for line in ax.get_lines() if line.get_marker() == "."]
    for line, x, y in zip(dots, gain, plateau, strict=True):
        pairs = sorted(zip(line.get_xdata(), line.get_ydata(), strict=True))
        assert pairs == sorted(zip(x, y, strict=True))
    means = [bar.lines[0].get_xydata()[0] for bar in ax.containers]
    np.testing.assert_allclose(means, np.stack([gain.mean(axis=1), plateau.mean(axis=1)], axis=1))


def test_counterexamples_lie_where_they_are_and_outside_the_printed_ball():
    found = drawn()
    figure = counterexamples.draw([], counterexamples=found)
    assert len(figure.axes) == len(found)
    for ax in figure.axes:
        one = next(one for one in found if f": {one['reached']:.4g} >" in ax.get_title(loc="left"))
        stars = [line.get_xydata()[0] for line in ax.get_lines() if line.get_marker() == "*"]
        assert len(stars) == 1
        np.testing.assert_allclose(stars[0][: one["D"]], one["aggregate"])
        balls = [patch for patch in ax.patches if hasattr(patch, "get_radius")]
        for ball in balls:
            away = np.linalg.norm(np.subtract(one["aggregate"], one["mean"]))
            assert away > ball.get_radius()
