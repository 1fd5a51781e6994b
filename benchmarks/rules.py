"""CPU time of the aggregation rules on messages as large as peers publish: ours and byzfl's.

The peer is byzfl on NumPy arrays; without it the table has ours alone. What both define alike must
agree before anything is timed.
"""

import os

# One thread each for BLAS and OpenMP; read when NumPy is imported, hence before it.
os.environ.update(
    OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", BLIS_NUM_THREADS="1", OMP_NUM_THREADS="1"
)

import argparse
import importlib.metadata
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numba
import numpy as np

from cradl.aggregation import RULES
from cradl.arrays import Floats

try:
    import byzfl
except ImportError:
    byzfl = None

SIZES = ((64, 65536), (80, 65536), (1000, 10000))
"""(N, D)."""
TIMED = ("mean", "median", "trimmed_mean", "krum", "phocas", "geometric_median")
RACED = {
    "mean": "Average",
    "median": "Median",
    "trimmed_mean": "TrMean",
    "krum": "Krum",
}
"""Our rules that byzfl has too, with its names for them."""
OURS, PEER = "cradl", "byzfl"

Aggregate = Callable[[], Floats]


def messages_of(N: int, D: int, f: int) -> Floats:
    """Draw N - f honest messages around a common mean, and f that are sign-flipped."""
    rng = np.random.default_rng([N, D])
    messages = rng.standard_normal(D) + rng.standard_normal((N, D))
    messages[rng.permutation(N)[:f]] *= -2.0
    return messages


def contestants(messages: Floats, f: int) -> dict[str, dict[str, Aggregate]]:
    """Return by rule who aggregates these messages by it, ready to be called."""
    found = {}
    for name in TIMED:
        found[name] = {OURS: lambda name=name: RULES[name](messages, f=f)}
        if byzfl and name in RACED:
            takes_f = name in ("trimmed_mean", "krum")
            peer = getattr(byzfl, RACED[name])(**({"f": f} if takes_f else {}))
            found[name][PEER] = lambda peer=peer: peer(messages)
        if byzfl and name == "geometric_median":
            found[name][PEER] = lambda: byzfl.GeometricMedian()(messages)
    return found


def krum_with(messages: Floats, neighbours: int) -> Floats:
    """Return the message nearest to so many others, by distances from their plain definition."""
    scores = [
        np.sort(((messages - message) ** 2).sum(axis=1))[1 : neighbours + 1].sum()
        for message in messages
    ]
    return messages[int(np.argmin(scores))]


def require_agreement(
    by_rule: Mapping[str, Mapping[str, Aggregate]], messages: Floats, f: int
) -> None:
    """Raise ValueError unless all that define a rule alike agree; this also compiles ours."""
    for name, who in by_rule.items():
        results = {one: aggregate() for one, aggregate in who.items()}
        if name == "krum":
            # byzfl takes one neighbour more, so that each is held to its own definition.
            expected = {OURS: krum_with(messages, len(messages) - f - 2)}
            expected[PEER] = krum_with(messages, len(messages) - f - 1)
        elif name in RACED:
            expected = dict.fromkeys(results, results[OURS])
        else:
            continue
        for one, result in results.items():
            apart = float(np.abs(result - expected[one]).max())
            if not apart <= 1e-12:
                raise ValueError(f"need results within 1e-12, got {apart:.1e} from {one} ({name})")


def measure(
    by_rule: Mapping[str, Mapping[str, Aggregate]], rounds: int
) -> dict[str, dict[str, list[float]]]:
    """Return CPU milliseconds a call, by rule and contestant, one a round.

    Every round runs all, in turn forwards and backwards, so that what else the machine does and how
    its clock drifts hits all alike.
    """
    turns = [(name, one) for name, who in by_rule.items() for one in who]
    millis: dict[str, dict[str, list[float]]] = {
        name: {one: [] for one in who} for name, who in by_rule.items()
    }
    for round_ in range(rounds):
        for name, one in turns[:: -1 if round_ % 2 else 1]:
            aggregate = by_rule[name][one]
            before = time.process_time()
            aggregate()
            millis[name][one].append(1e3 * (time.process_time() - before))
    return millis


def summarise(values: Sequence[float]) -> dict[str, float]:
    """Reduce the rounds to their median and minimum."""
    return {"median": float(np.median(values)), "min": float(np.min(values))}


def total_distance(messages: Floats, place: Floats) -> float:
    """Return what the geometric median minimises."""
    return float(np.linalg.norm(messages - place, axis=1).sum())


def report_of(N: int, D: int, rounds: int) -> dict[str, Any]:
    """Measure all rules on messages of one size."""
    f = N // 5
    messages = messages_of(N, D, f)
    by_rule = contestants(messages, f)
    require_agreement(by_rule, messages, f)
    millis = measure(by_rule, rounds)
    report: dict[str, Any] = {
        "size": {"N": N, "D": D, "f": f},
        "rules": {
            name: {one: summarise(values) for one, values in who.items()}
            for name, who in millis.items()
        },
    }
    if byzfl:
        ours, peers = (
            total_distance(messages, by_rule["geometric_median"][one]()) for one in (OURS, PEER)
        )
        report["objective_over_ours"] = peers / ours
    return report


def cell(one: Mapping[str, float] | None) -> str:
    """Lay out a median and a minimum, or that there is none."""
    return f"{one['median']:.2f} ({one['min']:.2f})" if one else "-"


def as_text(report: Mapping[str, Any]) -> str:
    """Return one size as a plain table."""
    size = ", ".join(f"{key} {value}" for key, value in report["size"].items())
    head = f"{'rule':18}{OURS:>20}{PEER:>20}{'ratio':>16}"
    lines = [f"{size}: ms a call, median (minimum) over the rounds", head]
    for name, who in report["rules"].items():
        ours, peer = who[OURS], who.get(PEER)
        raced = name in RACED and peer
        ratio = cell({key: peer[key] / ours[key] for key in ours} if raced else None)
        lines.append(f"{name:18}{cell(ours):>20}{cell(peer):>20}{ratio:>16}")
    if "objective_over_ours" in report:
        excess = report["objective_over_ours"] - 1
        lines += [
            f"krum: {PEER} takes the N - f - 1 nearest neighbours, {OURS} N - f - 2 as published",
            f"geometric_median: no race, {PEER} stops after three smoothed steps, at a total "
            f"distance {excess:.1e} above ours",
        ]
    return "\n".join(lines)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often each rule runs")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    chosen = parser.parse_args()
    if chosen.rounds < 1:
        parser.error(f"need at least one round, got {chosen.rounds}")

    machine = {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "numba": numba.__version__,
        "byzfl": importlib.metadata.version("byzfl") if byzfl else "not installed: ours alone",
        "CPUs": os.cpu_count(),
        "rounds": chosen.rounds,
    }
    reports = [report_of(N, D, chosen.rounds) for N, D in SIZES]
    if chosen.json:
        print(json.dumps({"machine": machine, "sizes": reports}, indent=2))
        return
    print(", ".join(f"{key} {value}" for key, value in machine.items()))
    for report in reports:
        print(f"\n{as_text(report)}")


if __name__ == "__main__":
    main()
