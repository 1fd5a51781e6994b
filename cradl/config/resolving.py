"""`load_study`: from a YAML file to a checked and resolved `Study`, or to all that is wrong."""

import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cradl.config.coherence import (
    check_coherent,
    check_drawable,
    check_feasible,
    check_given,
    needless,
    unused_keys,
)
from cradl.config.comparisons import MOST_CELLS, Unmet, cells_of
from cradl.config.files import read_study
from cradl.config.findings import Findings, below, shown
from cradl.config.following import Sources
from cradl.config.keys import Redraw
from cradl.config.labels import labels, variants
from cradl.config.leaderboards import leaderboard_of
from cradl.config.model import (
    Cell,
    Curve,
    DataChoice,
    Experiment,
    Figure,
    Leaderboard,
    Study,
    byzantine_count,
)
from cradl.config.plugins import load_plugins
from cradl.config.values import CURVE_KEYS, EXPERIMENT_KEYS, OPTIONAL_KEYS, parse
from cradl.config.written import (
    REFUSED,
    Settings,
    Written,
    WrittenCurve,
    WrittenExperiment,
    layered,
)
from cradl.methods import METHODS, prescribed_r
from cradl.series import PLATEAU

LEVEL = 0.95
"""Of leaderboards, unless a study's `decision` says another one."""
MOST_CURVES = 10_000
"""Of a study: a product of long lists would keep it from ever being loaded."""


_OPTIONAL = ("claims", "decision", "figures", "leaderboards", "only", "plugins", "style")
"""Keys of a study that says nothing by them if they are null."""


def load_study(
    path: str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    drawings: Mapping[str, Collection[str]] | None = None,
) -> Study:
    """Read, merge, check and resolve a study.

    Parameters
    ----------
    path
        A YAML file; ``extends`` in it is followed.
    overrides
        Laid over the file, as ``--config`` of Snakemake gives them.
    drawings
        What a figure's ``draw`` may name, with what each takes besides the data; not checked if
        None.

    Raises
    ------
    StudyError
        With all findings: the path in the file, what is needed there, what was given.
    """
    findings = Findings()
    raw, changes, places = read_study(Path(path), overrides or {}, findings)
    # Other keys stay, to be refused.
    empty = [key for key in _OPTIONAL if key in raw and raw[key] is None]
    raw = {key: one for key, one in raw.items() if key not in empty}
    sources = _loaded(raw.get("plugins"), findings)
    written = parse(raw, drawings, places, findings)
    if _too_many(written, findings):
        findings.refuse(str(path))
    curves = {
        name: _curves(written, experiment, findings)
        for name, experiment in written.selected().items()
    }
    check_coherent(written, changes, drawings or {}, findings)
    findings.refuse(str(path))
    experiments = {name: _experiment(written, name, found) for name, found in curves.items()}
    check_drawable(written, experiments, findings)
    cells = list(_cells(written, experiments, findings))
    boards = list(_leaderboards(written, experiments, findings))
    findings.refuse(str(path))
    return Study(
        name=written.own["study"],
        seed=written.own["seed"],
        notes=tuple(_notes(written, empty)),
        plugins=tuple(raw.get("plugins", ())),
        style=written.own.get("style", ""),
        sources=sources,
        datasets=_datasets(written, experiments),
        experiments=experiments,
        figures=_figures(written, experiments, {one.name: one for one in boards}),
        theory=written.own.get("theory", True),
        decision=written.decision,
        cells=tuple(cells),
        leaderboards=tuple(boards),
    )


def _datasets(written: Written, experiments: Mapping[str, Experiment]) -> dict[str, DataChoice]:
    """Return the data sets that experiments use."""
    used = {curve.dataset for one in experiments.values() for curve in one.curves}
    return {name: one for name, one in _choices(written) if name in used}


def _tested(written: Written) -> list[str]:
    """Return the names of the data sets that have test samples."""
    return [name for name, one in _choices(written) if one.tested]


def _choices(written: Written) -> Iterator[tuple[str, DataChoice]]:
    """Yield the sound data sets by name."""
    for name, one in written.datasets.items():
        if isinstance(one, DataChoice):
            yield name, one


def _notes(written: Written, empty: Iterable[str]) -> Iterator[str]:
    """Yield what there is to say of nulls that delete nothing, and of tables of the user's."""
    for key in empty:
        yield f"{key}: null takes away what an extended study says, and none says it"
    for name, one in _choices(written):
        if one.place:
            m, D = one.parameters["m"], one.parameters["D"]
            if m < D:
                given = f"{D} features and {m} rows"
                yield f"{below('datasets', name)}: {given}, so that many models have the least loss"


def _loaded(plugins: Any, findings: Findings) -> Sources:
    """Load the plugins of a study, as far as they are texts."""
    before = len(findings)
    named = [one for one in plugins if isinstance(one, str)] if isinstance(plugins, list) else []
    sources = load_plugins(named, findings)
    # Without their rows, much would be told that is not wrong.
    findings.lost_rows = len(findings) > before
    return sources


def _figures(
    written: Written,
    experiments: Mapping[str, Experiment],
    boards: Mapping[str, Leaderboard],
) -> dict[str, Figure]:
    """Return the figures, with the panels that run; without a section, one per experiment."""
    if written.figures is None:
        return {
            name: Figure(
                draw="excess_loss",
                experiments=[name],
                options={},
                caption=_titled([name], experiments),
            )
            for name in experiments
        }
    figures = {}
    for name, one in written.figures.items():
        board = boards.get(one.leaderboard or "")
        given = board.experiments if board else one.experiments or []
        running = [place for place, panel in enumerate(given) if panel in experiments]
        if running:
            panels = [given[place] for place in running]
            after = {} if one.after is None else {"after": [one.after[place] for place in running]}
            titled = board.says if board else _titled(panels, experiments)
            caption = " ".join((one.caption or titled).split())
            figures[name] = Figure(
                draw=one.draw or "",
                experiments=panels,
                options=after,
                caption=caption,
                leaderboard=board.name if board else "",
                reproduces=one.reproduces or "",
                appendix=bool(one.appendix),
            )
    return figures


def _titled(panels: Iterable[str], experiments: Mapping[str, Experiment]) -> str:
    return f"{'; '.join(experiments[name].title for name in panels)}."


def _cells(
    written: Written, experiments: Mapping[str, Experiment], findings: Findings
) -> Iterator[Cell]:
    """Yield the rows of the table of claims, as far as their experiments run."""
    room, tested = MOST_CELLS, _tested(written)
    for name, claim in written.claims.items():
        if written.decision is None:
            continue
        try:
            cells = cells_of(name, claim, written.decision, experiments, tested, most=room)
            room -= len(cells)
            yield from cells
        except Unmet as unmet:
            findings.add(below("claims", name), unmet.needed, unmet.given)


def _leaderboards(
    written: Written, experiments: Mapping[str, Experiment], findings: Findings
) -> Iterator[Leaderboard]:
    """Yield the leaderboards whose experiments all run."""
    tested = _tested(written)
    level = written.decision.level if written.decision else LEVEL
    last = written.decision.plateau if written.decision else PLATEAU
    for name, keys in written.leaderboards.items():
        if not experiments.keys() >= {*keys.experiments}:
            continue
        try:
            yield leaderboard_of(name, keys, experiments, tested, last=last, level=level)
        except Unmet as unmet:
            findings.add(below("leaderboards", name), unmet.needed, unmet.given)


def _experiment(written: Written, name: str, curves: Iterable[Curve]) -> Experiment:
    """Put together an experiment in which nothing was found wrong."""
    entry = written.experiments[name]
    settings = layered(EXPERIMENT_KEYS, written.settings, entry.settings)
    settings["redraw"] = Redraw(**settings["redraw"])
    return Experiment(
        name=name,
        title=entry.title or name,
        seed=written.own["seed"],
        curves=tuple(curves),
        **settings,
    )


def _curves(written: Written, entry: WrittenExperiment, findings: Findings) -> list[Curve]:
    """Resolve the curves of one experiment; return none if anything is wrong with one of them.

    What can be judged of a curve is judged even if other keys of it are wrong.
    """
    before, path = len(findings), entry.path
    settings = layered(EXPERIMENT_KEYS, written.settings, entry.settings)
    check_given(EXPERIMENT_KEYS, settings, path, findings)
    expanded: list[dict[str, Any]] = []
    sizes: list[dict[str, Any]] = []
    whole = entry.sound
    for curve in entry.curves:
        grid, complete = _grid(written, entry, curve, findings)
        whole = whole and complete and curve.sound
        for one in grid:
            sizes.append(_sizes(written, one))
            check_feasible(one | sizes[-1], curve.path, findings)
            if complete and written.datasets and one["dataset"] not in written.datasets:
                where = f"{curve.path}.dataset"
                findings.add_not_one_of(written.datasets, one["dataset"], where)
        expanded += grid
    if len(findings) > before or not whole:
        return []
    names = labels(expanded)
    for label, count in Counter(names).items():
        if count > 1:
            given = f"{label!r} {count} times"
            findings.add(f"{path}.curves", "curves with different labels", given)
    if settings.get("messages") is True:
        _check_equal_sizes(written, expanded, f"{path}.curves", findings)
    if len(findings) > before or any("M" not in one for one in sizes):
        return []
    resolved = zip(expanded, sizes, names, variants(expanded), strict=True)
    return [
        _curve(one | more | {"label": label, "variant": variant})
        for one, more, label, variant in resolved
    ]


def _check_equal_sizes(
    written: Written, curves: Iterable[Mapping[str, Any]], path: str, findings: Findings
) -> None:
    """Record curves whose messages do not fit into one array."""
    found = {
        f"N={curve['N']}, M={data.parameters['M']}, D={data.dimension}": None
        for curve in curves
        if (data := _dataset(written, curve)) is not None
    }
    if len(found) > 1:
        needed = "the same N, M and D in all curves (messages: true)"
        findings.add(path, needed, " and ".join(found))


def _grid(
    written: Written, entry: WrittenExperiment, curve: WrittenCurve, findings: Findings
) -> tuple[list[dict[str, Any]], bool]:
    """Expand one written curve into the sound settings of each curve of its grid.

    Returns
    -------
    The settings, and whether they have every key that the curves need.
    """
    settings = layered(CURVE_KEYS, written.settings, entry.settings, curve.settings)
    check_given({"method"}, settings, curve.path, findings)
    if settings.get("method", REFUSED) is REFUSED:
        return [], False
    grid: list[dict[str, Any]] = []
    complete = True
    for name in (names := _listed(settings["method"])):
        unused = unused_keys(METHODS[name])
        for key in sorted(unused & curve.settings.keys()):
            needed = needless(key, name, names)
            findings.add(f"{curve.path}.{key}", needed, shown(curve.settings[key]))
        keys = CURVE_KEYS - unused - OPTIONAL_KEYS
        check_given(keys, settings, curve.path, findings)
        sound = _used(settings, name)
        complete = complete and sound.keys() >= keys
        label = {} if curve.label is None else {"label": curve.label}
        values = [_listed(one) for one in sound.values()]
        grid += [
            dict(zip(sound, chosen, strict=True)) | label for chosen in itertools.product(*values)
        ]
    return grid, complete


def _used(settings: Settings, method: str) -> dict[str, Any]:
    """Return the sound settings that a method uses, that of the method itself among them."""
    unused = unused_keys(METHODS[method])
    return {
        key: one
        for key, one in {**settings, "method": method}.items()
        if key not in unused and one is not REFUSED
    }


def _too_many(written: Written, findings: Findings) -> bool:
    """Tell whether there are more curves than can be expanded; record the one that exceeds."""
    total = 0
    for entry in written.selected().values():
        for curve in entry.curves:
            settings = layered(CURVE_KEYS, written.settings, entry.settings, curve.settings)
            names = settings.get("method", REFUSED)
            count = sum(
                math.prod(len(_listed(one)) for one in _used(settings, name).values())
                for name in (() if names is REFUSED else _listed(names))
            )
            total += count
            if total > MOST_CURVES:
                needed = f"at most {MOST_CURVES:,} curves in a study"
                findings.add(curve.path, needed, f"{total:,} with the {count:,} of this grid")
                return True
    return False


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _dataset(written: Written, settings: Mapping[str, Any]) -> DataChoice | None:
    """Return the curve's data set, if it names a sound one."""
    found = written.datasets.get(settings.get("dataset", ""))
    return found if isinstance(found, DataChoice) else None


def _sizes(written: Written, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what follows from the settings, as far as they are there: f, M, r and so on."""
    found: dict[str, Any] = {}
    N, rounding = settings.get("N"), settings.get("rounding")
    if N is not None and rounding is not None:
        if "alpha" in settings:
            found["f"] = byzantine_count(settings["alpha"], N, rounding)
        withstand = settings.get("withstand", "alpha")
        if withstand != "alpha":
            found["tolerated"] = byzantine_count(withstand, N, rounding)
        elif "f" in found:
            found["tolerated"] = found["f"]
    data = _dataset(written, settings)
    if data is not None:
        found["M"], found["generator"] = data.parameters["M"], data.generator
        found["data"] = data
    method = METHODS[settings["method"]]
    if method.allocation is not None:
        found["allocation"] = method.allocation
        if found.keys() >= {"M", "tolerated"}:
            found["r"] = prescribed_r(method, N=settings["N"], M=found["M"], f=found["tolerated"])
    return found


def _curve(settings: Mapping[str, Any]) -> Curve:
    """Keep what the simulation needs; methods without a rule or redundancy have the neutral one."""
    neutral = {"aggregator": "mean", "uncovered": "refuse"}
    kept = {key: settings[key] for key in Curve.model_fields.keys() & settings.keys()}
    return Curve(**{**neutral, **kept})
