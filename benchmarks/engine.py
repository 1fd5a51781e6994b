"""CPU time of one curve of Fig. 2(a), CRA-DL under sign-flipping: plain NumPy engines and ours.

All engines get the same data, allocations and Byzantine devices; nothing is timed unless they
agree on the training loss. The NumPy engines do in each iteration what Algorithm 1 needs: loss,
messages, attack, rule, update. Ours also stores its series and tests for divergence.
"""

import os

# One thread each for BLAS and OpenMP; read when NumPy is imported, hence before it.
os.environ.update(
    OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", BLIS_NUM_THREADS="1", OMP_NUM_THREADS="1"
)

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numba
import numpy as np
from engines import (
    AGREEMENT,
    COMPARED_RULES,
    DIAGNOSED,
    ENGINES,
    REFERENCE,
    STEPS,
    VECTORISED,
    Task,
    prepared_engine,
    tasks,
)

REDUNDANCIES = (40, 160, 250, 350, 500, 640, 1000)
GUARDED = {
    "vectorised NumPy over ours, least": (">=", 7.0),
    "device loop over ours, least": (">=", 14.0),
    "step by step over ours, largest": ("<=", 2.0),
    "diagnostics over vectorised NumPy, largest": ("<=", 0.1),
    "worst r over r = 40, median": ("<=", 4.0),
}
"""What `--check` asks of the ratios of the medians."""


def require_agreement(by_rule: Mapping[str, Task]) -> None:
    """Raise ValueError unless all engines follow the same trajectory; this also compiles ours."""
    for rule, task in by_rule.items():
        expected = ENGINES[REFERENCE].run(task, AGREEMENT)
        for name, engine in ENGINES.items():
            found = engine.run(task, AGREEMENT)
            apart = float(np.max(np.abs(found / expected - 1.0)))
            if not apart <= 1e-6:
                raise ValueError(
                    f"need losses within 1e-6 of {REFERENCE}, got {apart:.1e} from {name} ({rule})"
                )


def measure(by_rule: Mapping[str, Task], rounds: int) -> dict[str, dict[str, list[float]]]:
    """Return CPU microseconds per trial and iteration, by engine and rule, one a round.

    Every round runs all engines, in turn forwards and backwards, so that what else the machine
    does and how its clock drifts hits all alike.
    """
    micros: dict[str, dict[str, list[float]]] = {
        name: {rule: [] for rule in by_rule} for name in ENGINES
    }
    for round_ in range(rounds):
        for name, engine in list(ENGINES.items())[:: -1 if round_ % 2 else 1]:
            for rule, task in by_rule.items():
                iterations = engine.iterations or task.experiment.T + 1
                before = time.process_time()
                engine.run(task, iterations)
                spent = time.process_time() - before
                micros[name][rule].append(1e6 * spent / (len(task.runs) * iterations))
    return micros


def summarise(micros: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, dict[str, Any]]:
    """Reduce the rounds to their median and minimum."""
    return {
        row: {
            rule: {"median": float(np.median(values)), "min": float(np.min(values))}
            for rule, values in columns.items()
        }
        for row, columns in micros.items()
    }


def table(title: str, rows: Mapping[str, Mapping[str, str]]) -> str:
    """Lay out rows by rule as text."""
    lines = [title, " " * 38 + "".join(f"{rule:>20}" for rule in COMPARED_RULES)]
    for name, columns in rows.items():
        lines.append(f"{name:38}" + "".join(f"{columns[rule]:>20}" for rule in COMPARED_RULES))
    return "\n".join(lines)


def ratios(engines: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Divide every engine's median and minimum by those of `REFERENCE`."""
    ours = engines[REFERENCE]
    return {
        name: {
            rule: {key: value / ours[rule][key] for key, value in one.items()}
            for rule, one in columns.items()
        }
        for name, columns in engines.items()
    }


def redundancies(rounds: int, trials: int) -> dict[str, dict[str, float]]:
    """Return CPU microseconds per trial and iteration of the median, by r."""
    by_r = {r: tasks(trials, ["median"], r)["median"] for r in REDUNDANCIES}
    run = prepared_engine(diagnostics=False)
    micros: dict[int, list[float]] = {r: [] for r in REDUNDANCIES}
    for round_ in range(rounds):
        for r, task in list(by_r.items())[:: -1 if round_ % 2 else 1]:
            iterations = task.experiment.T + 1
            before = time.process_time()
            run(task, iterations)
            spent = time.process_time() - before
            micros[r].append(1e6 * spent / (len(task.runs) * iterations))
    return {
        str(r): {"median": float(np.median(values)), "min": float(np.min(values))}
        for r, values in micros.items()
    }


def guarded(report: Mapping[str, Any]) -> dict[str, float]:
    """Return the ratios of `GUARDED`, of the medians."""
    ratios_, engines = report["ratios"], report["engines"]

    def of(name: str) -> list[float]:
        return [one["median"] for one in ratios_[name].values()]

    added = [
        (engines[DIAGNOSED][rule]["median"] - engines[REFERENCE][rule]["median"])
        / engines[VECTORISED][rule]["median"]
        for rule in COMPARED_RULES
    ]
    by_r = {int(r): one["median"] for r, one in report["redundancy"].items()}
    values = (
        min(of(VECTORISED)),
        min(of("NumPy, loop over devices")),
        max(of(STEPS)),
        max(added),
        max(by_r.values()) / by_r[40],
    )
    return dict(zip(GUARDED, values, strict=True))


def missed(found: Mapping[str, float]) -> list[str]:
    """Return what `GUARDED` asks for and the ratios do not give."""
    return [
        f"need {name} {sign} {bound}, got {found[name]:.2f}"
        for name, (sign, bound) in GUARDED.items()
        if not (found[name] >= bound if sign == ">=" else found[name] <= bound)
    ]


def as_text(report: Mapping[str, Any]) -> str:
    """Return the report as plain tables."""
    blocks = [
        "\n".join(
            ", ".join(f"{key} {value}" for key, value in report[what].items())
            for what in ("setting", "machine")
        )
    ]
    micros = "µs per trial and iteration, median (minimum) over the rounds"
    titles = {
        "engines": (f"engines: {micros}", 0),
        "ratios": (f"ratios to {REFERENCE}, of the medians (of the minima)", 2),
    }
    for what, (title, digits) in titles.items():
        rows = {
            name: {
                rule: f"{one['median']:.{digits}f} ({one['min']:.{digits}f})"
                for rule, one in columns.items()
            }
            for name, columns in report[what].items()
        }
        blocks.append(table(title, rows))
    by_r = [
        f"{r:>6}: {one['median']:.0f} ({one['min']:.0f})" for r, one in report["redundancy"].items()
    ]
    blocks.append("\n".join([f"median by r: {micros}", *by_r]))
    lines = [f"{name}: {value:.2f}" for name, value in report["guarded"].items()]
    blocks.append("\n".join(["guarded by --check", *lines]))
    return "\n\n".join(blocks)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often each engine runs")
    parser.add_argument("--trials", type=int, default=2, help="trials in each round")
    parser.add_argument("--check", action="store_true", help="fail if a ratio is not as demanded")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    chosen = parser.parse_args()
    if min(chosen.rounds, chosen.trials) < 1:
        parser.error(
            f"need rounds and trials of at least 1, got {chosen.rounds} and {chosen.trials}"
        )

    by_rule = tasks(chosen.trials)
    run = by_rule["median"].runs[0]
    report: dict[str, Any] = {
        "setting": {
            "N": run.curve.N,
            "M": run.curve.M,
            "D": run.data.designs.shape[1],
            "r": run.curve.r,
            "f": run.curve.f,
            "iterations": by_rule["median"].experiment.T + 1,
            "attack": run.curve.attack["name"],
            "allocation": run.curve.allocation,
        },
        "machine": {
            "python": sys.version.split()[0],
            "numpy": np.__version__,
            "numba": numba.__version__,
            "CPUs": os.cpu_count(),
            "rounds": chosen.rounds,
            "trials": chosen.trials,
        },
    }
    require_agreement(by_rule)
    report["engines"] = summarise(measure(by_rule, chosen.rounds))
    report["ratios"] = ratios(report["engines"])
    report["redundancy"] = redundancies(chosen.rounds, chosen.trials)
    report["guarded"] = guarded(report)
    print(json.dumps(report, indent=2) if chosen.json else as_text(report))
    if chosen.check and (failures := missed(report["guarded"])):
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
