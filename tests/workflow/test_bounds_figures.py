"""Figures of the bounds get both sides and the map, and nothing else asks for them."""

from tiny_study import TINY, jobs, snakemake, write_study

FIGURES = {
    "horizon": {"draw": "bounds_horizon", "experiments": ["flipped"]},
    "grid": {"draw": "bounds_grid", "experiments": ["flipped"]},
    "ratios": {"draw": "bound_ratios", "experiments": ["flipped"]},
    "map": {"draw": "threshold_map", "experiments": ["flipped", "noisy"]},
}


def test_the_figures_of_the_bounds_are_drawn_from_the_bounds(tmp_path):
    fixed = {"data": False, "allocation": False, "attack": True}
    write_study(tmp_path, redraw=fixed, chunks=1, figures=TINY["figures"] | FIGURES)
    asked = [f"results/tiny/figures/{name}.pdf" for name in (*TINY["figures"], *FIGURES)]
    code, output = snakemake(tmp_path, "--cores", "2", *asked)
    assert code == 0, output
    found = jobs(output)
    # The threshold map asks for the bounds, which one job makes, the losses for none.
    assert (found["bounds"], found["thresholds"]) == (1, 1)
    assert len([rule for rule in found if rule.startswith("figures_")]) == 6
    for name in FIGURES:
        assert (tmp_path / "results" / "tiny" / "figures" / f"{name}.pdf").stat().st_size


def test_other_data_in_each_trial_are_refused_before_anything_runs(tmp_path):
    write_study(tmp_path, figures=FIGURES)
    code, output = snakemake(tmp_path, "-n")
    assert code != 0
    assert "figures.horizon.experiments[0]" in output
    assert "figures.map" not in output
