"""Strategies for small valid studies, as one mapping: they are valid by construction."""

import itertools
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from study_model import (
    ALLOCATIONS,
    ATTACKS,
    CURVE_KEYS,
    EXPERIMENT_KEYS,
    GENERATORS,
    METHODS,
    RULES,
    SIZES,
    curves_of,
    expanded,
    feasible_sizes,
    listed,
    most_tolerated,
    resolved,
    selected,
    setting,
    used,
)

DRAWINGS = {
    "training_loss": (),
    "fronts": ("after",),
    "bounds_grid": ("left_sides",),
    "sharpened": ("sharpened", "after"),
}
# What some version of YAML takes for a number, a truth value or nothing, among them.
NAMES = st.sampled_from(
    [
        *(
            "one",
            "two",
            "ONE",
            "Two",
            "Data_3",
            "a-b",
            "N",
            "r",
            "T",
            "x" * 80,
            "e5",
            "0",
            "007",
            "1e3",
            "1_000",
        ),
        *(
            "0x1F",
            "0o17",
            "yes",
            "No",
            "on",
            "null",
            "true",
            "y",
            "study",
            "name",
            "extends",
            "NaN",
        ),
        *("2025-01-01", "1-2", "none", "alpha", "curves", "small", "A", "b2", "c__", "9z"),
    ]
)
WORDS = st.sampled_from(
    [
        *(
            "A panel",
            "x",
            "α = 0.1, f = 2",
            "what: is it",
            "it's 100 % of #3",
            "- no list",
            "[a, b]",
        ),
        *("yes", "12", "0.5", "1e-3", "{a: b}", "a  b", "!x", "null", "Σ ‖∇F‖²", '"', "a, a", "~"),
    ]
)
_FEW = st.sampled_from([1, 1, 2, 3])
SHARES = st.sampled_from([0.1, 0.5, 0.9, 0.015625])
ALPHAS = (0, 0.0, 0.1, 0.125, 0.2, 0.25, 0.29, 0.3, 0.375, 0.45, 0.6)
POSITIVE = st.sampled_from([1, 2, 0.5, 0.001, 1e-5, 3.0, 100])
_SCHEDULES = ("theorem1", "theorem1_lambda", "theorem2", "sharpened1", "sharpened2")
_STEPS = [
    # Few curves meet what a theorem asks for.
    *(0.05, 1e-3, 1, 0.5, 2.5e-06, 0.1) * 5,
    *({"schedule": one, "share": share} for one in _SCHEDULES for share in (0.5, 0.015625)),
]
_CHOICES = [
    {"identities": identities, "uncovered": uncovered, "start": start, "rounding": rounding}
    for identities, uncovered, start, rounding in itertools.product(
        ["redrawn", "persistent"],
        ["contribute_nothing", "refuse"],
        ["zero", "standard_normal"],
        ["nearest", "floor", "ceil"],
    )
]
_PARAMETERS = {
    "coefficient": st.sampled_from([-2, -0.5, -1.0]),
    "variance": POSITIVE,
    "victim": st.sampled_from(["own", "common"]),
    "scale": POSITIVE,
    "aim": st.sampled_from(["error", "ascent"]),
    "target": st.sampled_from(["fixed", "principal"]),
    "perturbation": st.sampled_from(["unit", "std", "sign"]),
    "bound": st.sampled_from(["largest", "least"]),
    "warmup": st.integers(1, 3),
    "end": st.sampled_from(["largest", "least"]),
    "norm": POSITIVE,
    "shift": st.sampled_from([-1, 0, 2.5]),
    "feature_variance": st.sampled_from([1, 4.0, 0.5]),
    "noise_variance": st.sampled_from([0, 0.0, 1, 0.1]),
    "outlier_fraction": st.sampled_from([0, 1, 0.25]),
    "outlier_variance": POSITIVE,
    "intercept": st.booleans(),
}


@st.composite
def attacks(draw: st.DrawFn, mine: bool) -> dict[str, Any]:
    name = draw(st.sampled_from([one for one in ATTACKS if mine or not one.startswith("mine")]))
    return {"name": name} | {key: draw(_PARAMETERS[key]) for key in ATTACKS[name]}


@st.composite
def datasets(draw: st.DrawFn, mine: bool) -> dict[str, Any]:
    kinds = [one for one in GENERATORS if mine or not one.startswith("mine")]
    kind = draw(st.sampled_from(kinds))
    problems = ["least_squares", "robust_regression"]
    problems += ["logistic"] * 2 if kind == "breast_cancer" else []
    problems += ["mine_problem"] if mine else []
    M = draw(st.sampled_from(SIZES))
    sizes = {"M": M, "m": M * draw(st.integers(1, 3)), "D": draw(st.integers(1, 3))}
    more = {key: draw(_PARAMETERS[key]) for key in GENERATORS[kind] if key not in sizes}
    return {"generator": kind, "problem": draw(st.sampled_from(problems))} | sizes | more


@st.composite
def full_curves(draw: st.DrawFn, data: dict[str, Any], mine: bool) -> dict[str, Any]:
    """Draw a value for every key of a curve, among them those that its method does not use."""
    curve = draw(st.sampled_from(_CHOICES)) | {"step_size": draw(st.sampled_from(_STEPS))}
    curve["dataset"] = draw(st.sampled_from([*data]))
    M = data[curve["dataset"]]["M"]
    curve["method"] = draw(st.sampled_from([one for one in METHODS if mine or one[:4] != "mine"]))
    uses = METHODS[curve["method"]]
    kinds = [one for one in ALLOCATIONS if (mine or one[:4] != "mine") and feasible_sizes(one, M)]
    curve["allocation"] = draw(st.sampled_from(kinds))
    held = uses.allocation if uses.allocation == "disjoint" else "random"
    held = curve["allocation"] if uses.redundancy else held
    curve["N"], curve["r"] = draw(st.sampled_from(feasible_sizes(held, M)))
    rules = [one for one in RULES if mine or one[:4] != "mine"]
    curve["aggregator"] = draw(
        st.sampled_from([one for one in rules if most_tolerated(one, curve["N"]) >= 0])
    )
    generator = data[curve["dataset"]]["generator"]
    curve["sigma_h"] = 0 if generator == "breast_cancer" else draw(st.sampled_from([0, 0.5, 2]))
    curve["alpha"] = draw(st.sampled_from(ALPHAS))
    curve["withstand"] = draw(st.sampled_from(["alpha", "alpha", *ALPHAS]))
    curve["attack"] = draw(attacks(mine))
    # Nobody lies, or an attack that knows no rule, where what was drawn is too much.
    for key, mild in (
        ("attack", {"name": "sign_flipping", "coefficient": -2}),
        ("withstand", "alpha"),
        ("alpha", 0),
    ):
        if resolved(curve, data) is None:
            curve[key] = mild
    assert resolved(curve, data), curve
    return curve


@st.composite
def written_curves(
    draw: st.DrawFn, outer: dict[str, Any], data: dict[str, Any], mine: bool
) -> dict[str, Any]:
    """Draw the keys of one curve below `outer`: a grid or not, some of them inherited."""
    full = draw(full_curves(data, mine))
    own = {key: full[key] for key in CURVE_KEYS if key in used(full["method"])}

    def sound(candidate: dict[str, Any]) -> bool:
        everything = outer | candidate
        methods = listed(everything.get("method", []))
        given = [key for key in candidate if any(key not in used(one) for one in methods)]
        lacking = [key for one in methods for key in used(one) if key not in everything]
        if not methods or given or lacking:
            return False
        return all(resolved(one, data) for one in expanded(everything))

    grids = draw(st.sampled_from([0, 0, 1, 2]))
    others = draw(full_curves(data, mine)) if grids else own
    for key in [draw(st.sampled_from(CURVE_KEYS)) for _ in range(grids)]:
        other = others[key]
        if key in own and not isinstance(own[key], list) and other != own[key]:
            grid = own | {key: [own[key], other]}
            # Where one of the methods has no use for a key, it may only be inherited.
            unused = [one for one in own if any(one not in used(m) for m in listed(grid["method"]))]
            grid = {one: value for one, value in grid.items() if one not in unused}
            own = grid if sound(grid) else own
    for key in draw(some(sorted(own))):
        rest = {one: value for one, value in own.items() if one != key}
        own = rest if sound(rest) else own
    if len([*expanded(outer | own)]) == 1 and draw(st.booleans()):
        own["label"] = "my " + draw(WORDS)
    return own


def _apart(curves: list[dict[str, Any]], outer: dict[str, Any]) -> list[dict[str, Any]]:
    """Leave out curves that are equal to others, or have the same label."""
    kept, seen = list[dict[str, Any]](), list[Any]()
    for curve in curves:
        found = [*expanded(outer | curve), *([curve["label"]] if "label" in curve else [])]
        if not any(one in seen for one in found):
            seen += found
            kept.append(curve)
    return kept


@st.composite
def experiment_keys(draw: st.DrawFn) -> dict[str, Any]:
    drawn = draw(st.integers(0, 2**6 - 1))
    flags = [bool(drawn >> place & 1) for place in range(6)]
    return {
        "trials": 1 + flags[0],
        "T": draw(st.integers(0, 3)),
        "redraw": dict(zip(("data", "allocation", "attack"), flags[1:4], strict=True)),
        "diagnostics": flags[4],
        "messages": flags[5],
        "chunks": draw(st.integers(1, 3)),
    }


@st.composite
def some(draw: st.DrawFn, keys: Sequence[str]) -> list[str]:
    """Draw which of the keys: each with probability one half."""
    chosen = draw(st.integers(0, 2 ** len(keys) - 1))
    return [key for place, key in enumerate(keys) if chosen >> place & 1]


@st.composite
def experiments(
    draw: st.DrawFn, outer: dict[str, Any], data: dict[str, Any], mine: bool
) -> dict[str, Any]:
    entry: dict[str, Any] = {"title": draw(WORDS)} if draw(st.booleans()) else {}
    keys = draw(experiment_keys())
    own = draw(some(EXPERIMENT_KEYS))
    entry |= {key: keys[key] for key in keys if key not in outer or key in own}
    if draw(st.booleans()):
        full = draw(full_curves(data, mine))
        entry |= {key: full[key] for key in draw(some(CURVE_KEYS))}
    inherited = outer | entry
    curves = [draw(written_curves(inherited, data, mine)) for _ in range(draw(_FEW))]
    entry["curves"] = _apart(curves, inherited)
    if (outer | entry)["messages"]:
        everyone = [one for curve in entry["curves"] for one in expanded(inherited | curve)]
        sizes = {
            (one["N"], data[one["dataset"]]["M"], data[one["dataset"]]["D"]) for one in everyone
        }
        entry |= {"messages": False} if len(sizes) > 1 else {}
    return entry


@st.composite
def figures(draw: st.DrawFn, study: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name in draw(st.lists(NAMES, max_size=2, unique_by=str.lower)):
        figure: dict[str, Any] = {"draw": draw(st.sampled_from([*DRAWINGS]))}
        options = DRAWINGS[figure["draw"]]
        panels = [*study["experiments"]]
        if {"left_sides", "sharpened"} & {*options}:
            panels = [
                one
                for one in panels
                if not setting(study, one, "redraw")["data"]
                and not setting(study, one, "redraw")["allocation"]
            ]
        if not panels:
            continue
        figure["experiments"] = draw(st.lists(st.sampled_from(panels), min_size=1, max_size=3))
        if "after" in options:
            figure["after"] = [
                draw(st.integers(0, setting(study, one, "T"))) for one in figure["experiments"]
            ]
        if draw(st.booleans()):
            figure["caption"] = draw(WORDS)
        found[name] = figure
    return found


@st.composite
def _judged(draw: st.DrawFn, study: dict[str, Any], experiment: str, claim: dict[str, Any]) -> bool:
    """Say in which phases and by what a claim is judged; False if the run is too short for any."""
    T, decision = setting(study, experiment, "T"), study["decision"]
    phases = ["early"] if max(decision["early"]) <= T else []
    phases += ["plateau"] if decision["plateau"] <= T + 1 else []
    if len(phases) < 2 or draw(st.booleans()):
        claim["phases"] = phases
    if setting(study, experiment, "diagnostics") and draw(st.booleans()):
        claim["quantity"] = draw(st.sampled_from(["pairwise_distance_sq", "honest_spread_mean"]))
    if draw(st.booleans()):
        claim |= {"margin": draw(POSITIVE), "some": draw(st.booleans())}
    return bool(phases)


@st.composite
def claims(draw: st.DrawFn, study: dict[str, Any]) -> dict[str, Any] | None:
    """Draw a claim about one experiment; None if its curves cannot be compared so."""
    experiment = draw(st.sampled_from([*study["experiments"]]))
    curves = curves_of(study, experiment)
    expect = draw(st.sampled_from(["less", "same", "negligible", "falls", "rises", "gap_grows"]))
    claim: dict[str, Any] = {"says": draw(WORDS), "source": draw(WORDS), "expect": expect}
    claim["of"] = {"experiment": draw(st.sampled_from([experiment, [experiment]]))}
    key = draw(
        st.sampled_from(["method", "alpha", "N", "dataset", "sigma_h", "start", "identities"])
    )
    along = draw(st.sampled_from(["method", "alpha", "N", "r", "sigma_h", "aggregator"]))
    values = list(dict.fromkeys(one[key] for one in curves))
    pairs = len(values) > 1
    if expect in ("less", "same", "gap_grows"):
        if not pairs:
            return None
        claim["of"][key] = draw(st.sampled_from([values[0], values[:1]]))
        claim["than"] = {key: values[1:]}
    if expect in ("falls", "rises", "gap_grows"):
        claim["along"] = along
    if expect in ("falls", "rises") and len(curves) < 2:
        return None
    if expect == "gap_grows":
        claim["along"] = along = "start" if key != "start" else "identities"
        found = [
            one
            for one, other in itertools.product(curves, curves)
            if one[key] == values[0] and other[key] in values[1:] and one[along] == other[along]
        ]
        if len(found) < 2:
            return None
    if not draw(_judged(study, experiment, claim)):
        return None
    return claim


@st.composite
def decisions(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "level": draw(SHARES),
        "early": draw(st.lists(st.integers(0, 2), min_size=1, max_size=2, unique=True)),
        "plateau": draw(st.integers(1, 2)),
        "early_margin": draw(POSITIVE),
        "plateau_margin": draw(POSITIVE),
    }


@st.composite
def valid_studies(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a valid study that extends nothing."""
    mine = draw(st.integers(0, 3)) == 0
    study: dict[str, Any] = {"study": draw(NAMES), "seed": draw(st.integers(0, 10**18))}
    if mine or draw(st.booleans()):
        study["plugins"] = ["mine.py"] if mine else []
    named = draw(st.lists(NAMES, min_size=1, max_size=draw(_FEW), unique_by=str.lower))
    data = {name: draw(datasets(mine)) for name in named}
    study["datasets"] = data
    keys, full = draw(experiment_keys()), draw(full_curves(data, mine))
    everything = keys | full
    left_out = draw(some([*everything])) if draw(st.booleans()) else ()
    outer = {key: one for key, one in everything.items() if key not in left_out}
    study |= outer
    names = draw(st.lists(NAMES, min_size=1, max_size=draw(_FEW), unique_by=str.lower))
    study["experiments"] = {name: draw(experiments(outer, data, mine)) for name in names}
    if len(names) > 1 and draw(st.booleans()):
        study["only"] = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    if draw(st.booleans()):
        study["figures"] = draw(figures(study))
    if draw(st.booleans()):
        study["decision"] = draw(decisions())
        found = {name: draw(claims(study)) for name in draw(st.lists(NAMES, max_size=2))}
        study["claims"] = {name: one for name, one in found.items() if one is not None}
    return study


def expected_curves(study: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return, for each experiment that runs, what each of its curves must be resolved to."""
    neutral = {"aggregator": "mean", "uncovered": "refuse"}
    found = {}
    for name in selected(study):
        found[name] = [
            neutral | one | (resolved(one, study["datasets"]) or {})
            for one in curves_of(study, name)
        ]
    return found
