"""The block of a leaderboard: from its keys to one curve for each contestant in each task."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cradl.attacks import ATTACKS
from cradl.config.coherence import unused_keys
from cradl.config.comparisons import Unmet
from cradl.config.keys import LeaderboardKeys, Schedule
from cradl.config.labels import labels
from cradl.config.model import Curve, Experiment, Leaderboard, Place
from cradl.config.values import OF_CONTESTANTS
from cradl.methods import METHODS
from cradl.series import DIAGNOSTICS
from cradl.store import as_json

_LEAST = 2
"""Contestants, and tasks, of which there must be as many."""
_MAKES = {
    "contestants": "curves that differ in a key under contestants",
    "tasks": "a task is an attack, an alpha, a data set or any other key that is no contestant's",
}
"""What makes another contestant, or task."""
_SHOWN = 3
"""Curves that a message says are missing."""
_SETTINGS = (*sorted(OF_CONTESTANTS), "attack")
"""Keys of a curve that tell contestants or tasks apart, besides what it withstands."""

Settings = dict[str, Any]


class _Entry(NamedTuple):
    """A curve, with the settings that make it a contestant, and those that make its task."""

    place: Place
    curve: Curve
    contestant: Settings
    task: Settings


def leaderboard_of(
    name: str,
    keys: LeaderboardKeys,
    experiments: Mapping[str, Experiment],
    tested: Collection[str] = (),
    *,
    last: int,
    level: float,
) -> Leaderboard:
    """Return the complete block of a leaderboard.

    A task is what the curves are put to: all settings that are no contestant's and that every
    method of the leaderboard uses. The tasks need not be all combinations of their settings; but
    each contestant meets each task, because ranks of unlike tasks compare nothing. A curve that is
    in several experiments with the same settings counts once.

    Parameters
    ----------
    experiments
        All that the leaderboard names are among them.
    tested
        Names of the data sets that have test samples.
    last
        The plateau is the mean over this many last iterations.
    level
        Confidence level in (0, 1).

    Raises
    ------
    Unmet
        Experiments that cannot be ranked together, fewer than two contestants or tasks, a
        contestant that misses a task or has two curves in one.
    """
    running = [experiments[one] for one in dict.fromkeys(keys.experiments)]
    _require_alike(keys, running, last)
    _require_tests(keys, running, tested)
    contestants, block = _block(_entries(keys, running))
    tasks = [next(iter(row.values())).task for row in block.values()]
    called = _named([*contestants.values()])
    named = _named(tasks)
    for what, found in (("contestants", called), ("tasks", named)):
        if len(found) < _LEAST:
            raise Unmet(f"at least {_LEAST} {what} ({_MAKES[what]})", f"{len(found)}")
        if len({*found}) < len(found):
            raise Unmet(f"{what} of different names", f"{max(found, key=found.count)!r} twice")
    _require_complete(block, dict(zip(contestants, called, strict=True)), named)
    return Leaderboard(
        name=name,
        says=" ".join(keys.says.split()),
        quantity=keys.quantity,
        last=last,
        level=level,
        contestants=tuple(called),
        tasks=tuple(named),
        attacks=tuple(_attacks(tasks)),
        curves=tuple(tuple(row[one].place for one in contestants) for row in block.values()),
    )


def _block(
    entries: Iterator[_Entry],
) -> tuple[dict[str, Settings], dict[str, dict[str, _Entry]]]:
    """Return the settings of each contestant, and of each task the entry of each contestant."""
    block: dict[str, dict[str, _Entry]] = {}
    contestants: dict[str, Settings] = {}
    for one in entries:
        whose, task = as_json(one.contestant), as_json(one.task)
        contestants.setdefault(whose, one.contestant)
        other = block.setdefault(task, {}).setdefault(whose, one)
        if _apart(other.curve) != _apart(one.curve):
            needed = "one curve for each contestant in each task"
            raise Unmet(needed, f"{_told(other)} and {_told(one)}, which {_differing(other, one)}")
    return contestants, block


def _require_alike(keys: LeaderboardKeys, experiments: Sequence[Experiment], last: int) -> None:
    """Refuse experiments whose trials are no pairs, or whose stores will lack what is ranked."""
    first = experiments[0]
    for one in experiments:
        if (one.trials, one.redraw, one.T) != (first.trials, first.redraw, first.T):
            raise Unmet("the same trials, redraw and T", f"{first.name} and {one.name}")
        # In fewer iterations, no plateau is seen.
        if 2 * last > one.T + 1:
            raise Unmet(f"T >= {2 * last - 1} in {one.name}", f"T={one.T}")
        if keys.quantity in DIAGNOSTICS and not one.diagnostics:
            raise Unmet(f"diagnostics in {one.name} for {keys.quantity}", "none")


def _require_tests(
    keys: LeaderboardKeys, experiments: Sequence[Experiment], tested: Collection[str]
) -> None:
    """Refuse to rank test errors of curves whose data have no test samples."""
    if keys.quantity != "test_error":
        return
    for used in {curve.dataset: None for one in experiments for curve in one.curves}:
        if used not in tested:
            raise Unmet(f"test samples in all data for {keys.quantity}", f"none in {used}")


def _entries(keys: LeaderboardKeys, experiments: Sequence[Experiment]) -> Iterator[_Entry]:
    """Yield every curve with its contestant and its task."""
    curves = [(one, curve) for one in experiments for curve in one.curves]
    passed_over = {key for _, curve in curves for key in unused_keys(METHODS[curve.method])}
    for experiment, curve in curves:
        place = Place(experiment=experiment.name, curve=curve.label)
        settings = _settings(curve)
        contestant = {key: one for key, one in settings.items() if key in keys.contestants}
        task = {
            key: one
            for key, one in settings.items()
            if key not in contestant and key not in passed_over
        }
        yield _Entry(place, curve, contestant, task)


def _settings(curve: Curve) -> Settings:
    """Return the settings that a curve's method uses."""
    unused = unused_keys(METHODS[curve.method])
    found = {key: getattr(curve, key) for key in _SETTINGS}
    true = curve.tolerated == curve.f
    found["withstand"] = "alpha" if true else f"{curve.tolerated} of {curve.N}"
    return {
        key: one.model_dump() if isinstance(one, Schedule) else one
        for key, one in found.items()
        if key not in unused
    }


def _apart(curve: Curve) -> dict[str, Any]:
    """Return what tells whether two curves are the same one."""
    return curve.model_dump(exclude={"label", "variant"})


def _differing(one: _Entry, other: _Entry) -> str:
    """Say in which keys two curves differ."""
    first, second = _apart(one.curve), _apart(other.curve)
    return f"differ in {', '.join(key for key in first if first[key] != second[key])}"


def _told(one: _Entry) -> str:
    return f"{one.place.curve!r} of {one.place.experiment}"


def _named(settings: Sequence[Settings]) -> list[str]:
    """Name contestants, or tasks, by what sets them apart."""
    return [name or "the others" for name in labels(settings)]


def _require_complete(
    block: Mapping[str, Mapping[str, _Entry]], contestants: Mapping[str, str], tasks: Sequence[str]
) -> None:
    """Refuse a block in which a contestant misses a task; name the first that are missing."""
    missing = [
        f"{called} in {task}"
        for row, task in zip(block.values(), tasks, strict=True)
        for key, called in contestants.items()
        if key not in row
    ]
    if missing:
        told = "; ".join(missing[:_SHOWN])
        more = f"; and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        count = len(block) * len(contestants)
        needed = f"a curve of each of {len(contestants)} contestants in each of {len(block)} tasks"
        raise Unmet(needed, f"{count - len(missing)} of {count}, without {told}{more}")


def _attacks(tasks: Sequence[Settings]) -> list[str]:
    """Return the name of each task's attack, with its parameters if another one has that name."""
    different = {as_json(one["attack"]): one["attack"] for one in tasks}
    printed = {key: ATTACKS.printed(one["name"]) for key, one in different.items()}
    both = labels([{"attack": one} for one in different.values()])
    full = dict(zip(different, both, strict=True))
    shared = {name for name in printed.values() if [*printed.values()].count(name) > 1}
    called = {key: full[key] if name in shared else name for key, name in printed.items()}
    return [called[as_json(one["attack"])] for one in tasks]
