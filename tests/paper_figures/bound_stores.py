"""Small stores of runs and of bounds, with numbers that can be followed by hand."""

import numpy as np
import xarray as xr

HYPOTHESES = [
    "rule_in_table",
    "redrawn_identities",
    "coverage",
    "assumption_2",
    "alpha",
    "threshold",
    "step_theorem1",
    "step_theorem2",
]
TRIALS = 20


def experiment(name, curves, *, T=100, title="A title", schedule="theorem1", groups=1, seed=0):
    """Return a summary, its left sides and its bounds by experiment.

    Parameters
    ----------
    curves
        Each a mapping of `aggregator`, `r`, `alpha`, `variant`, `threshold` (its factor), and
        `measured`, `bound` at T = 0; both fall as 1/(T + 1) to a tenth and a half of it.
    """
    rng = np.random.default_rng(seed)
    shape = (len(curves), groups, T + 1)
    falling = np.broadcast_to(1 / np.arange(1, T + 2), shape)

    def of(key, default):
        return np.array([one.get(key, default) for one in curves])

    measured = of("measured", 1e3)[:, None, None] * (0.1 + falling)
    bound = of("bound", 1e4)[:, None, None] * (0.5 + falling)
    threshold = np.broadcast_to(of("threshold", 0.5)[:, None], shape[:2])
    factor = np.zeros((*shape[:2], len(HYPOTHESES)))
    factor[..., HYPOTHESES.index("alpha")] = 2 * of("alpha", 0.2)[:, None]
    factor[..., HYPOTHESES.index("threshold")] = threshold
    step = np.where(threshold < 1, 0.5, np.inf)
    decays = schedule == "theorem2"
    factor[..., HYPOTHESES.index("step_theorem1")] = np.inf if decays else step
    factor[..., HYPOTHESES.index("step_theorem2")] = step if decays else np.inf
    bound = np.where(threshold[..., None] < 1, bound, np.nan)
    nothing = np.full(shape, np.nan)
    aggregators = [one["aggregator"] for one in curves]
    methods = [one.get("method", "cra_dl") for one in curves]
    variants = [one.get("variant", "") for one in curves]
    labels = [
        ", ".join(filter(None, [f"{method.upper().replace('_', '-')} ({rule})", variant]))
        for method, rule, variant in zip(methods, aggregators, variants, strict=True)
    ]
    described = {
        "label": ("curve", labels),
        "variant": ("curve", variants),
        "method": ("curve", methods),
        "aggregator": ("curve", aggregators),
    }
    drawn = {
        "data_draw": ("group", np.arange(groups)),
        "allocation_draw": ("group", np.arange(groups)),
    }
    three = ("curve", "group", "iteration")
    ends = {"": measured, "_lower": 0.8 * measured, "_upper": 1.3 * measured}
    left = xr.Dataset(
        {f"{side}{end}": (three, factor_of * one) for end, one in ends.items()
         for side, factor_of in (("theorem1", 1), ("theorem2", 0.5))},
        drawn,
    )  # fmt: skip
    bounds = xr.Dataset(
        {
            "factor": (("curve", "group", "hypothesis"), factor),
            "theorem1": (three, nothing if decays else bound),
            "theorem2": (three, bound if decays else nothing),
            "rho_1": (("curve", "group"), np.where(threshold < 1, 2.0, -2.0)),
            "rho_3": (("curve", "group"), np.broadcast_to(of("rho_3", 2.0)[:, None], shape[:2])),
        },
        described
        | drawn
        | {
            "hypothesis": HYPOTHESES,
            "iteration": np.arange(T + 1),
            "alpha": ("curve", of("alpha", 0.2)),
            "r": ("curve", of("r", 40)),
            "f": ("curve", np.rint(of("alpha", 0.2) * 100).astype(int)),
            "N": ("curve", of("N", 100)),
            "M": ("curve", of("M", 1000)),
            "D": ("curve", of("D", 100)),
            "dataset": ("curve", [one.get("dataset", "drawn") for one in curves]),
            "schedule": ("curve", [schedule] * len(curves)),
        },
    )
    loss = measured[:, 0] * rng.lognormal(size=(len(curves), 1))
    panel = xr.Dataset(
        {"loss": (("curve", "iteration"), loss)},
        described | {"iteration": np.arange(T + 1)},
        {"experiment": name, "title": title, "trials": TRIALS},
    )
    return panel, left, bounds


def together(*experiments):
    """Return what `draw` of the figures of bounds takes."""
    stores = {panel.attrs["experiment"]: (left, bounds) for panel, left, bounds in experiments}
    left_sides = {name: left for name, (left, _) in stores.items()}
    bounds = {name: one for name, (_, one) in stores.items()}
    panels = [panel for panel, _, _ in experiments]
    return panels, {"left_sides": left_sides, "bounds": bounds}
