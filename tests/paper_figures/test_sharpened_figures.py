"""Figures of what goes beyond the paper: what is drawn is what the stores hold."""

import numpy as np
import pytest
import xarray as xr

from paper_figures.drawing import style
from paper_figures.drawing.values import values
from paper_figures.figures import (
    bound_ratios,
    counterexamples,
    sharpened,
    sharpened_horizon,
    spectral_gap,
)
from theory.beyond.counterexamples import drawn

T = 9
BEFORE = ["any rule", "spectral", "least squares"]
FORMS = [*BEFORE, "sigma measured", "spread measured", "error measured"]
STATEMENTS = ["sharpened1", "sharpened2", "sharpened3"]


def stores(name, rules=("median", "phocas"), rates=("",), groups=1, decays=False, title=None):
    """Return the summary, both sides and the bounds of an experiment, all different.

    Forms are 6, 9, 12, ... times what is measured at every T, the paper's bound of the first curve
    is constant, others have none because their constant is 4 times too large.
    """
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
            "factor": (("curve", "group", "hypothesis"), np.full((count, groups, 1), 4.0)),
        },
        settings
        | {
            "robust": ("curve", [True] * count),
            "hypothesis": ["threshold"],
            "schedule": ("curve", ["theorem2" if decays else "theorem1"] * count),
            "fixed_step_size": ("curve", [np.nan] * count),
        },
    )
    bounds["theorem2" if decays else "theorem1"][0] = 7e9
    attrs = {"experiment": name, "title": title or f"Title of {name}"}
    panel = xr.Dataset(coords=settings, attrs=attrs)
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


@pytest.mark.parametrize(("decays", "statement"), [(False, 0), (True, 1)])
def test_both_sides_against_T_are_those_of_the_statement_that_speaks_of_the_rates(
    decays, statement
):
    found = stores("one", decays=decays)
    figure = drawn_by(sharpened_horizon, found)
    (ax,) = figure.axes
    noted = values(figure).set_index(["curve", "x"])
    for curve, name in enumerate(["CRA-DL (median)", "CRA-DL (phocas)"]):
        one = found[1].isel(curve=curve, statement=statement)
        # The least of what is known before a run.
        assert has(ax, one["measured"])
        assert has(ax, one["bound"].sel(form="spectral"))
        assert len(ax.get_lines()) == 4
        sides = [one[side] for side in ("measured", "lower", "upper")]
        measured = noted.loc[f"{name}, measured", ["mean", "lower", "upper"]]
        np.testing.assert_array_equal(measured.to_numpy(float), np.transpose(sides))
        bound = noted.loc[f"{name}, bound", "mean"]
        np.testing.assert_array_equal(bound, one["bound"].sel(form="spectral"))
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"CRA-DL (median)", "CRA-DL (phocas)"} <= set(names)


def test_forms_are_rows_and_rates_panels_of_least_ratios():
    """Bounds are 3, 6, 9, ... times what is measured, whose interval ends at 1.1 times that."""
    found = [stores(name, rates=("0.1", "0.2")) for name in ("one", "two")]
    # At one T the bound is twice as near: that is the least.
    found[0][1]["bound"].loc[{"form": "error measured"}][0, 0, 4] /= 2
    # What is known before exists for one curve of one rate.
    for _, sides, _ in found:
        sides["bound"].loc[{"form": BEFORE}] = np.nan
    found[1][1]["bound"].loc[{"form": "spectral"}][1] = found[1][1]["measured"][1] * 2.2
    figure = drawn_by(sharpened, *found)
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == ["(a) γ = 0.1", "(b) γ = 0.2"]
    noted = values(figure).set_index(["panel", "curve", "x"])["mean"]
    first, second = "(a) γ = 0.1: Title of one", "(b) γ = 0.2: Title of two"
    for curve in ("CRA-DL (median)", "CRA-DL (phocas)"):
        assert noted[first, curve, "σ measured"] == pytest.approx(12 / 1.1)
        assert noted[second, curve, "spread measured"] == pytest.approx(15 / 1.1)
    assert noted[first, "CRA-DL (median)", "errors measured"] == pytest.approx(9 / 1.1)
    assert noted[first, "CRA-DL (phocas)", "errors measured"] == pytest.approx(18 / 1.1)
    known = noted[noted.index.get_level_values("x") == "known before the run"]
    assert known.index.tolist() == [(second, "CRA-DL (median)", "known before the run")]
    assert known.tolist() == pytest.approx([2])
    # Two headings, three forms in the first, four in the second; dots where the values are.
    left, right = figure.axes
    assert [len(ax.get_yticks()) for ax in (left, right)] == [9, 9]
    dots = [line for line in right.get_lines() if line.get_linestyle() == "None"]
    assert sorted(line.get_xdata()[0] for line in dots) == pytest.approx(
        sorted(noted[[panel.startswith("(b)") for panel, *_ in noted.index]])
    )
    assert [text.get_text() for text in left.texts if text.get_text()] == [
        "Title of one",
        "Title of two",
        "no bound",
    ]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["CRA-DL (median)", "CRA-DL (phocas)"]


def test_every_curve_has_the_least_ratio_of_the_papers_bound_and_of_the_sharpened_one():
    fixed = stores("one", title="Rules")
    decaying = stores("two", decays=True, title="Rules")
    figure = drawn_by(bound_ratios, fixed, decaying)
    (ax,) = figure.axes
    found = values(figure).set_index(["curve", "x"])["mean"]
    # 7e9 over the first and largest of what is measured: 1e6, or twice that for rates that decay.
    assert found["CRA-DL (median), Theorem 1", "Median"] == pytest.approx(7e9 / 1.1e6)
    assert found["CRA-DL (median), Theorem 2", "Median"] == pytest.approx(7e9 / 2.2e6)
    for rule in ("median", "phocas"):
        for theorem in (1, 2):
            name = f"CRA-DL ({rule}), Theorem {theorem}′"
            assert found[name, rule.capitalize()] == pytest.approx(6 / 1.1)
    assert len(found) == 6
    assert set(values(figure)["panel"]) == {"Rules"}
    shown = [line for line in ax.get_lines() if line.get_linestyle() == "None"]
    assert sorted(line.get_xdata()[0] for line in shown) == pytest.approx(sorted(found))
    colors = {line.color for line in style.lines(["cra_dl"] * 2, ["median", "phocas"], [""] * 2)}
    assert {line.get_color() for line in shown} == colors
    # Both theorems of a curve share its row, and do not cover each other.
    assert [text.get_text() for text in ax.get_yticklabels()] == ["", "Median", "Phocas"]
    assert {round(float(line.get_ydata()[0])) for line in shown} == {1, 2}
    assert len({float(line.get_ydata()[0]) for line in shown}) == 4
    said = [text.get_text() for text in ax.texts if text.get_text()]
    assert said == ["Rules", r"none of the paper: $C_\alpha$ too large"]


def test_a_trial_that_diverged_has_no_ratio_and_many_groups_stand_in_two_columns():
    runs = [stores(f"e{place}", title=f"Group {place}") for place in range(8)]
    for key in ("measured", "upper"):
        runs[0][1][key][0, 0, 5:] = np.inf
    figure = drawn_by(bound_ratios, *runs)
    assert [len(ax.get_yticks()) for ax in figure.axes] == [12, 12]
    found = values(figure).set_index(["panel", "curve"])["mean"]
    # From T = 0 to 4 it is the ratio of the others: the bounds of `stores` follow what is measured.
    assert found["Group 0", "CRA-DL (median), Theorem 1′"] == pytest.approx(6 / 1.1)
    assert (found > 1).all()


def test_a_fixed_rate_is_part_of_the_heading():
    panel, sides, bounds = stores("one")
    bounds["fixed_step_size"][:] = 0.0003
    figure = drawn_by(bound_ratios, (panel, sides, bounds))
    assert set(values(figure)["panel"]) == {"Title of one, γ = 0.0003"}


@pytest.mark.parametrize("module", [bound_ratios, sharpened, sharpened_horizon])
def test_several_draws_have_no_bound_in_common(module):
    with pytest.raises(ValueError, match=r"need one draw of data and allocation .*, got 2 of one"):
        drawn_by(module, stores("one", groups=2))


def test_every_draw_of_an_allocation_is_a_dot_in_the_strip_of_its_kind():
    kinds = ["grouped", "traded_20"]
    rng = np.random.default_rng(1)
    gain = rng.uniform(0.2, 0.5, (2, 5)) + np.array([[0.5], [0]])
    plateau = rng.uniform(1, 9, (2, 5))
    groups = {"data_draw": ("group", [0] * 5), "allocation_draw": ("group", np.arange(5))}
    curves = {
        "allocation": ("curve", kinds),
        "method": ("curve", ["cra_dl"] * 2),
        "aggregator": ("curve", ["trimmed_mean"] * 2),
    }
    bounds = xr.Dataset({"spread_gain": (("curve", "group"), gain)}, {**curves, **groups})
    # The trials in another order than the groups
    order = np.array([3, 1, 4, 0, 2])
    trials = {"data_draw": ("trial", [0] * 5), "allocation_draw": ("trial", order)}
    plateaus = xr.DataArray(plateau[:, order], dims=("curve", "trial"), coords=trials)
    panel = xr.Dataset(attrs={"experiment": "one", "title": "One"})
    figure = spectral_gap.draw([panel], plateaus={"one": plateaus}, bounds={"one": bounds})
    (ax,) = figure.axes
    # From the least eigenvalue to the largest, whatever their order in the study.
    names = [text.get_text() for text in ax.get_xticklabels()]
    means = gain.mean(axis=1)
    assert names == [f"groups, 20\ntrades\n{means[1]:.2f}", f"equal\ngroups\n{means[0]:.2f}"]
    dots = [line for line in ax.get_lines() if line.get_marker() == "."]
    for place, (line, curve) in enumerate(zip(dots, (1, 0), strict=True)):
        assert sorted(line.get_ydata()) == sorted(plateau[curve])
        assert np.abs(line.get_xdata() - place).max() <= 0.25
    found = values(figure)
    np.testing.assert_allclose(found["x"].astype(float), means[::-1])
    np.testing.assert_allclose(found["mean"], plateau.mean(axis=1)[::-1])
    half = 1.96 * plateau.std(axis=1, ddof=1)[::-1] / 5**0.5
    np.testing.assert_allclose(found["upper"] - found["mean"], half)
    np.testing.assert_allclose(found["mean"] - found["lower"], half)


def test_counterexamples_lie_where_they_are_and_outside_what_is_allowed():
    figure = counterexamples.draw([], counterexamples=drawn())
    # Exact: errors 1, 9 and 4.7; constants 25/32 of 1, 1/2 of 100, and Krum's, about 21.9.
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == [
        "(a) Median, $N = 5$, $f = 1$: error² 1 > bound 0.78",
        "(b) Median, $N = 19$, $f = 0$: error² 81 > bound 50",
        "(c) Krum, $N = 29$, $f = 13$: error² 22.09 > bound 21.9",
        "(d) Krum, enlarged: error 4.700, allowed 4.680",
    ]
    for ax, error in zip(figure.axes, (1, 9, 4.7, 4.7), strict=True):
        (star,) = [line.get_xdata()[0] for line in ax.get_lines() if line.get_marker() == "*"]
        assert star == pytest.approx(error)
        (ball,) = ax.patches
        assert ball.get_x() + ball.get_width() < star
    left, right = figure.axes[3].get_xlim()
    radius = 21.9042709737**0.5
    # What is beyond the allowed fills a quarter of the enlarged panel.
    assert (4.7 - radius) / (right - left) == pytest.approx(0.25)
    found = values(figure).set_index("curve")["mean"]
    assert found["error² of what the rule returns"].tolist() == pytest.approx([1, 81, 22.09])
    assert found["bound on the error²"].tolist() == pytest.approx([25 / 32, 50, radius**2])
    assert found["honest message (with how many are there)"].tolist() == [2, 2, 9, 10, 8, 8]
