"""CPU time and peak memory of CRA-DL with the trimmed mean against N, D, M and r.

Each point is a process of its own, because the peak of a process never falls again. The curve is
that of Fig. 2(a) at other sizes: sign-flipping, alpha 0.2, one sample a subset.
"""

import os

# One thread each for BLAS and OpenMP; read when NumPy is imported, hence before it.
os.environ.update(
    OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", BLIS_NUM_THREADS="1", OMP_NUM_THREADS="1"
)

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml

RESULTS = Path(__file__).parents[1] / "results" / "benchmarks"
BASE = {"N": 200, "D": 2000, "M": 4000, "r": 50}
SMALL = {"N": 20, "D": 16, "M": 40, "r": 8}
FACTORS = (0.5, 1.0, 2.0, 4.0)
QUICK_FACTORS = (1.0, 4.0)
LARGE = {"N": 1000, "D": 10_000, "M": 10_000, "r": 100}
LARGE_T = 19
ROUNDS = 5
DEVIATION = 10
"""Of every feature, as in the paper."""


class Part(NamedTuple):
    """What a part of an iteration is expected to cost, up to a factor."""

    label: str
    cost: Callable[[Any], float]


PARTS = {
    "margins": Part("data: M D", lambda p: p.M * p.D),
    "encoding": Part("encoding: N r D", lambda p: p.N * p.r * p.D),
    "statistics": Part("statistics: N D", lambda p: p.N * p.D),
    "rule": Part("rule: N log²N D", lambda p: p.N * np.log2(p.N) ** 2 * p.D),
}


def study_of(size: dict[str, int], T: int) -> dict[str, Any]:
    """Return a study of one curve and one trial at these sizes."""
    smoothness = DEVIATION**2 * (size["M"] ** 0.5 + size["D"] ** 0.5) ** 2
    data = {"generator": "gaussian_linear", "problem": "least_squares", "noise_variance": 1}
    data |= {"M": size["M"], "m": size["M"], "D": size["D"], "feature_variance": DEVIATION**2}
    curve = {"method": "cra_dl", "aggregator": "trimmed_mean", "r": size["r"], "N": size["N"]}
    experiment = {
        "title": "Scaling",
        "dataset": "scaled",
        "attack": {"name": "sign_flipping", "coefficient": -2},
        "alpha": 0.2,
        "allocation": "random",
        "step_size": 0.5 * size["N"] / smoothness,
        "curves": [curve],
    }
    return {"datasets": {"scaled": data}, "experiments": {"large": experiment}, "T": T}


def peak() -> int:
    """Return the largest resident memory of this process so far, in bytes."""
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


class Clock:
    """Collects what each part of a process costs."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def note(self, part: str) -> None:
        """Record the time since the last note, and the peak up to now."""
        wall, cpu = time.perf_counter(), time.process_time()
        row = {"part": part, "cpu": cpu - self.cpu, "wall": wall - self.wall, "peak": peak()}
        self.rows.append(row)
        self.wall, self.cpu = wall, cpu


def run_point(size: dict[str, int], T: int) -> list[dict[str, Any]]:
    """Draw data and allocation and simulate, through the public interface; T + 1 iterations."""
    clock = Clock()
    from cradl import load_study, simulate
    from cradl.allocation import allocations
    from cradl.datasets import dataset

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.yaml"
        path.write_text(yaml.safe_dump(STUDY | study_of(size, T)), encoding="utf-8")
        study = load_study(path)
    clock.note("imports and study")
    drawn = {name: dataset(**study.dataset_request(name)) for name in study.datasets}
    clock.note("data and constants")
    allocated = {n: allocations(**request) for n, request in study.allocation_requests().items()}
    clock.note("allocation")
    (experiment,) = study.experiments.values()
    results = simulate(experiment, drawn, allocated, trials=range(1))
    clock.note(f"{T + 1} iterations")
    loss = results["loss"].to_numpy().ravel()
    if not (np.isfinite(loss).all() and loss[-1] < loss[0]):
        raise ValueError(f"need a loss that falls, got {loss}")
    if T < LARGE_T:
        clock.rows += measure_parts(experiment, drawn, allocated)
    return clock.rows


def measure_parts(experiment: Any, drawn: Any, allocated: Any) -> list[dict[str, Any]]:
    """Return the CPU time of the parts of one iteration, the median of some rounds."""
    from cradl.engine import stages
    from cradl.engine.trials import runs_of_trial
    from cradl.numerics.selection import TRIMMED_MEAN, aggregate_columns, network_of

    run = next(runs_of_trial(experiment, drawn, allocated, 0))
    designs, scratch, f = run.data.padded, run.scratch, run.curve.f
    x, margins = np.zeros(designs.shape[1]), np.empty(len(designs))
    pairs = network_of(TRIMMED_MEAN, run.curve.N, f)
    scratch.slopes[:] = 1.0

    def aggregate() -> None:
        aggregate_columns(TRIMMED_MEAN, scratch.messages, f, pairs, scratch.update)

    calls: dict[str, Callable[[], Any]] = {
        "margins": lambda: stages.write_margins(designs, x, margins),
        "encoding": lambda: stages.send(designs, run.coding, scratch),
        "statistics": lambda: stages.honest_statistics(
            scratch.messages, run.orders[0][f:], scratch.mean
        ),
        "rule": aggregate,
    }
    rows = []
    for part, call in calls.items():
        call()
        times = []
        for _ in range(ROUNDS):
            before = time.process_time()
            call()
            times.append(time.process_time() - before)
        rows.append({"part": part, "cpu": float(np.median(times)), "peak": peak()})
    return rows


def measure(size: dict[str, int], T: int) -> pd.DataFrame:
    """Measure one point in a process of its own."""
    command = [sys.executable, __file__, "--point", json.dumps(size), "--iterations", str(T + 1)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return pd.DataFrame(json.loads(done.stdout)).assign(**size)


def measure_all(factors: Sequence[float]) -> pd.DataFrame:
    """Measure the base point and those at which one size differs from it."""
    measure(SMALL, 1)  # Compiles the loops, which the first point would else be charged for.
    base = measure(BASE, 1)
    found = []
    for varied in BASE:
        for factor in factors:
            size = BASE | {varied: round(BASE[varied] * factor)}
            points = base if size == BASE else measure(size, 1)
            found.append(points.assign(varied=varied))
            print(f"measured {varied} = {size[varied]}", file=sys.stderr)
    return pd.concat(found, ignore_index=True)


def slope(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Return the slope of a line through these points in log-log."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def slopes(measured: pd.DataFrame) -> pd.DataFrame:
    """Return the measured slope of every part beside that of its expected cost."""
    rows = []
    for varied in BASE:
        for part, (label, cost) in PARTS.items():
            chosen = (measured["varied"] == varied) & (measured["part"] == part)
            points = measured[chosen]
            sizes = points[varied].to_numpy()
            expected = [cost(point) for point in points.itertuples()]
            rows.append(
                {
                    "part": label,
                    "against": varied,
                    "measured": slope(sizes, points["cpu"]),
                    "expected": slope(sizes, expected),
                }
            )
    return pd.DataFrame(rows)


def draw(measured: pd.DataFrame, fitted: pd.DataFrame) -> Any:
    """Draw time by part and peak memory against each size; dashed: as expected from the base."""
    from matplotlib.figure import Figure

    from paper_figures.drawing.style import PAGE_WIDTH, applied

    with applied():
        figure = Figure(figsize=(PAGE_WIDTH, 0.55 * PAGE_WIDTH), layout="constrained")
        axes = figure.subplots(2, len(BASE), sharex="col", sharey="row")
        for column, varied in enumerate(BASE):
            points = measured[measured["varied"] == varied]
            draw_times(axes[0, column], points, fitted[fitted["against"] == varied], varied)
            draw_memory(axes[1, column], points, varied)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=5)
        axes[0, 0].set_ylabel("CPU time an iteration (ms)")
        axes[1, 0].set_ylabel("peak memory (MB)")
    return figure


def draw_times(axes: Any, points: pd.DataFrame, fitted: pd.DataFrame, varied: str) -> None:
    """Draw one line for each part, with its slopes beside its last point."""
    from paper_figures.drawing.style import ramp

    texts = []
    for color, (part, (label, cost)) in zip(ramp(len(PARTS)), PARTS.items(), strict=True):
        chosen = points[points["part"] == part]
        sizes, cpu = chosen[varied].to_numpy(), 1e3 * chosen["cpu"].to_numpy()
        costs = np.array([cost(point) for point in chosen.itertuples()])
        base = int(np.argmin(np.abs(sizes - BASE[varied])))
        axes.loglog(sizes, cpu, "o-", ms=3, color=color, label=label)
        axes.loglog(sizes, cpu[base] * costs / costs[base], "--", color=color)
        found = fitted[fitted["part"] == label].iloc[0]
        text = f"{found['measured']:.2f} ({found['expected']:.2f})".replace("-0.00", "0.00")
        texts.append((np.log10(cpu[-1]), text, color))
    height = -np.inf
    for wanted, text, color in sorted(texts, key=lambda one: one[0]):
        height = max(wanted, height + 0.18)
        axes.text(1.15 * sizes[-1], 10**height, text, color=color, va="center", fontsize=5)
    axes.set_xlim(right=2.6 * sizes[-1])
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_title(f"{varied}: slopes (expected)")


def draw_memory(axes: Any, points: pd.DataFrame, varied: str) -> None:
    """Draw the peak; dashed: the base's, and what designs and messages add to it."""
    peaks = points.groupby(varied, as_index=False).agg(
        {"peak": "max", "M": "max", "D": "max", "N": "max"}
    )
    held = 8 * peaks["D"] * (peaks["M"] + peaks["N"])
    base = peaks[peaks[varied] == BASE[varied]].index[0]
    axes.plot(peaks[varied], peaks["peak"] / 1e6, "o-", ms=3, color="0.3")
    axes.plot(peaks[varied], (peaks["peak"][base] + held - held[base]) / 1e6, "--", color="0.3")
    axes.set_xlabel(varied)


def report_large(iterations: int) -> None:
    """Run the large point and print what each part of it took."""
    found = measure(LARGE, iterations - 1)
    print(", ".join(f"{name} = {size}" for name, size in LARGE.items()))
    print("| part | CPU (s) | wall (s) | peak so far (GB) |\n|---|---|---|---|")
    for row in found.itertuples():
        print(f"| {row.part} | {row.cpu:.1f} | {row.wall:.1f} | {row.peak / 1e9:.2f} |")
    total = found[["cpu", "wall"]].sum()
    print(f"| all | {total['cpu']:.1f} | {total['wall']:.1f} | {found['peak'].max() / 1e9:.2f} |")


def main() -> None:
    """Measure, print the slopes, write the table and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two points for each size")
    parser.add_argument("--large", action="store_true", help="run the large point instead")
    parser.add_argument("--iterations", type=int, default=LARGE_T + 1, help="of the large point")
    parser.add_argument("--point", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.point:
        print(json.dumps(run_point(given.point, given.iterations - 1)))
        return
    if given.large:
        report_large(given.iterations)
        return
    from paper_figures.drawing.style import save

    measured = measure_all(QUICK_FACTORS if given.quick else FACTORS)
    fitted = slopes(measured)
    print(fitted.round(2).to_string(index=False))
    RESULTS.mkdir(parents=True, exist_ok=True)
    measured.to_csv(RESULTS / "scaling.csv", index=False)
    save(draw(measured, fitted), RESULTS / "scaling.png", title="Time and memory against the sizes")


STUDY: dict[str, Any] = {
    "study": "scaling",
    "seed": 1,
    "trials": 1,
    "redraw": {"data": True, "allocation": True, "attack": True},
    "diagnostics": False,
    "messages": False,
    "chunks": 1,
    "uncovered": "contribute_nothing",
    "start": "zero",
    "identities": "redrawn",
    "sigma_h": 0,
    "rounding": "nearest",
    "withstand": "alpha",
}


if __name__ == "__main__":
    main()
