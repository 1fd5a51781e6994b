"""The JSON schema of study files and `config/README.md`, both made from the models and tables.

``python -m cradl.config.schema`` writes the two files.
"""

import inspect
import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from cradl.aggregation import RULES
from cradl.allocation import ALLOCATIONS
from cradl.attacks import ATTACKS
from cradl.config.keys import (
    AttackKeys,
    ClaimKeys,
    CurveKeys,
    CurveOwnKeys,
    DatasetKeys,
    DecisionKeys,
    ExperimentKeys,
    ExperimentOwnKeys,
    FigureKeys,
    LeaderboardKeys,
    PreAggregationKeys,
    ProblemKeys,
    Redraw,
    Schedule,
    StudyKeys,
)
from cradl.config.values import ROWS
from cradl.datasets import DATASETS
from cradl.image_data import Dirichlet
from cradl.libraries import LIBRARIES, names
from cradl.methods import METHODS
from cradl.pre_aggregation import PRE_AGGREGATIONS
from cradl.problems import PROBLEMS
from cradl.store import write_text

ROOT = Path(__file__).resolve().parents[2]
SCHEMA_FILE = ROOT / "workflow" / "schemas" / "study.schema.json"
README_FILE = ROOT / "config" / "README.md"

Schema = dict[str, Any]
_NULL = {"type": "null"}
_CHOICES: dict[str, tuple[Mapping[str, Any], type[BaseModel]]] = {
    "attack": (ATTACKS, AttackKeys),
    "pre_aggregation": (PRE_AGGREGATIONS, PreAggregationKeys),
}


def study_schema() -> Schema:
    """Return the JSON schema of a study as a user writes it.

    It knows the rows that `cradl` comes with and not those of a study's own plugins. A file that
    extends another may hold a part of anything; `load_study` checks the whole.
    """
    keys = keys_of(StudyKeys)
    _fill(keys["datasets"], _row("generator", DATASETS, keys_of(DatasetKeys)))
    _fill(keys["experiments"], _experiment())
    _fill(keys["figures"], _mapping(keys_of(FigureKeys)))
    _fill(keys["claims"], _mapping(keys_of(ClaimKeys)))
    _fill(keys["leaderboards"], _mapping(keys_of(LeaderboardKeys)))
    keys["decision"] = _mapping(keys_of(DecisionKeys)) | {
        "description": keys["decision"]["description"]
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Study",
        "description": "Experiments for the Snakemake pipeline; see config/README.md.",
        **_mapping(keys | _settings()),
        "anyOf": [
            {"required": ["extends"]},
            {"required": ["study", "seed", "datasets", "experiments"]},
        ],
        "$defs": _curve_values(),
    }


def _settings() -> dict[str, Schema]:
    """Return the keys that stand at the study as well as at an experiment."""
    keys = keys_of(ExperimentKeys)
    keys["redraw"] |= _mapping(keys_of(Redraw))
    del keys["redraw"]["required"]
    grids = {key: _grid(key, one) for key, one in keys_of(CurveKeys).items()}
    # Outside of lists, those of an extended study may be changed in a part of their keys.
    for key, (table, model) in _CHOICES.items():
        grids[key]["anyOf"][0] = _row("name", table, keys_of(model))
    return keys | grids


def _experiment() -> Schema:
    curve = {
        **keys_of(CurveOwnKeys),
        **{key: _grid(key, one) for key, one in keys_of(CurveKeys).items()},
    }
    own = keys_of(ExperimentOwnKeys)
    own["curves"]["items"] = {"type": "object", "properties": curve, "additionalProperties": False}
    return _mapping(own | _settings())


def _curve_values() -> dict[str, Schema]:
    """Return what each curve key may be: one value, not a grid."""
    values = keys_of(CurveKeys)
    for key, (table, model) in _CHOICES.items():
        values[key] |= _row("name", table, keys_of(model), complete=True)
    return values


def _grid(key: str, schema: Schema) -> Schema:
    """Allow one value of a curve key, or a list of them."""
    one = {"$ref": f"#/$defs/{key}"}
    grid = {"type": "array", "items": one, "minItems": 1}
    return {"description": schema["description"], "anyOf": [one, grid]}


def _mapping(keys: Mapping[str, Schema]) -> Schema:
    """Allow these keys and no others; null at any of them deletes what is inherited."""
    return {
        "type": "object",
        "properties": {key: _or_null(one) for key, one in keys.items()},
        "additionalProperties": False,
    }


def _or_null(schema: Schema) -> Schema:
    if list(schema) == ["description", "anyOf"]:
        return schema | {"anyOf": [*schema["anyOf"], _NULL]}
    rest = {key: one for key, one in schema.items() if key != "description"}
    return {"description": schema["description"], "anyOf": [rest, _NULL]}


def _fill(section: Schema, entry: Schema) -> None:
    """Say what the named entries of a section hold."""
    patterns = section["patternProperties"]
    section["patternProperties"] = {key: {"anyOf": [entry, _NULL]} for key in patterns}
    section["additionalProperties"] = False


def _row(
    selector: str, table: Mapping[str, Any], keys: dict[str, Schema], *, complete: bool = False
) -> Schema:
    """Allow the name of a row of `table` with the parameters of that row.

    Where the entry need not be `complete`, null deletes a key, of whatever row it was.
    """
    choices = []
    for name, row in table.items():
        named = {selector: {"description": keys[selector]["description"], "const": name}}
        properties = keys | named | keys_of(row.parameters)
        choice = _mapping(properties) | {"description": _first_line(row.parameters)}
        if complete:
            choice |= {"properties": properties, "required": list(properties)}
        else:
            choice["additionalProperties"] = _NULL
        choices.append(choice)
    return {"anyOf": choices}


def keys_of(model: type[BaseModel]) -> dict[str, Schema]:
    """Return the schema of each field of a model, with the names of the rows where it names one."""
    schema = model.model_json_schema()
    keys: dict[str, Schema] = _plain(schema["properties"], schema.get("$defs", {}))
    for key, rows in ROWS.items():
        if key in keys and keys[key].get("type") == "string":
            keys[key]["enum"] = [*rows, *(names() if rows is RULES else ())]
    if "problem" in keys:
        named = {"type": "string", "enum": list(PROBLEMS)}
        keys["problem"]["anyOf"] = [named, _row("name", PROBLEMS, keys_of(ProblemKeys))]
    return keys


def _plain(node: Any, definitions: Mapping[str, Any]) -> Any:
    """Put references in their place; leave out titles, which only repeat the name."""
    if isinstance(node, list):
        return [_plain(one, definitions) for one in node]
    if not isinstance(node, dict):
        return " ".join(node.split()) if isinstance(node, str) else node
    if "$ref" in node:
        node = definitions[node["$ref"].rpartition("/")[2]] | node
    return {
        key: _plain(one, definitions)
        for key, one in node.items()
        if key != "$ref" and not (key == "title" and isinstance(one, str))
    }


def schema_text() -> str:
    """Return the text of workflow/schemas/study.schema.json."""
    return json.dumps(study_schema(), indent=2, ensure_ascii=False) + "\n"


def config_readme() -> str:
    """Return the text of config/README.md."""
    parts = [
        _INTRODUCTION,
        *(
            f"## {heading}\n\n{_first_line(model)}\n\n{_key_table(keys_of(model))}"
            for heading, model in _KEY_TABLES.items()
        ),
        *(
            f"## {heading}\n\n{_row_table(rows, meaning)}"
            for heading, (rows, meaning) in _ROW_TABLES.items()
        ),
        f"## Aggregation rules of other libraries\n\n{_OF_LIBRARIES}\n\n{_library_table()}",
        *_parameter_sections("Pre-aggregation", PRE_AGGREGATIONS),
        *_parameter_sections("Attack", ATTACKS),
        *_parameter_sections("Data set", DATASETS),
        *_parameter_sections("Problem", _with_parameters(PROBLEMS)),
        "## Files in this folder\n\n" + _table(("file", "what it is"), _files()),
    ]
    return "\n\n".join(parts) + "\n"


_INTRODUCTION = """\
# Studies

<!-- Written by `python -m cradl.config.schema` from the models in `cradl`: edit those alone. -->

A study is one YAML file. It runs alone, and its results go to `results/<study>/`:

```bash
snakemake --cores all --configfile config/smoke.yaml
```

Without `--configfile`, `config/paper.yaml` runs. All of a study is checked before any job starts,
and every problem is listed with its place, what is needed and what was given.

## How a study is written

- A study lists experiments, an experiment lists curves. A key of a curve may stand at the study, at
  the experiment or at the curve; a key of an experiment at the study or at the experiment. The
  innermost wins, as a whole: an attack at a curve replaces all of the attack at its study.
- Every key that a curve uses must stand somewhere: there are no defaults, but that there is no
  `pre_aggregation` where none is given.
- A list as the value of a curve key is a grid: one curve for each value, and for each combination
  where several keys are lists.
- `extends: paper.yaml` starts from another study, named relative to the file. Mappings are merged
  key by key, a list replaces the list, and null deletes a key outside of lists. An attack is such a
  mapping too: `{name: sign_flipping, coefficient: -2, variance: null}` deletes the parameter of the
  attack it replaces.
- `only: [fig2a]` runs some experiments alone, and draws the figures that need no others.
- `claims` are decided from the runs, by the rules of `decision`. A claim that finds none of its
  curves in an experiment that runs is refused: a study that replaces such curves deletes the claim
  or, with `claims: null`, all of them. Claims about experiments that do not run are left out.
- `leaderboards` rank rules, methods or whatever else curves differ in, over tasks. One of whose
  experiments some do not run is left out, and so is its figure.
- `plugins: [mine.py]` runs Python files that add rows to the tables below, for instance
  `RULES["mine"] = Rule(...)` with `from cradl.aggregation import RULES, Rule`, or kinds of figures:
  `FIGURES["mine"] = draw` with `from paper_figures.kinds import FIGURES`.
- `style: mine.mplstyle` lays a Matplotlib style file over the style of all figures.
- `--config trials=5 only=[fig2a]` after the file replaces values for one run; `only=` with nothing
  after it is null. Snakemake takes no keys of one letter (`N`, `r`, `T`) there, and reads numbers
  in a list as texts: for these, write a study of three lines that extends the other.
- A name is made of letters, digits, `-` and `_`, the first a letter or a digit. Quote a name that
  YAML reads as a number or a date. What YAML 1.1 and 1.2 read differently is refused with both
  readings: write `0.001` for `1e-3`, `8` or `10` for `010`, quote `yes`, `on` and `1:30`.

An editor that knows YAML schemas helps while you type if the file begins with

```yaml
# yaml-language-server: $schema=../workflow/schemas/study.schema.json
```

It underlines the rows of your own plugins, which the schema cannot know; they run all the same."""

_KEY_TABLES: dict[str, type[BaseModel]] = {
    "Study": StudyKeys,
    "Study or experiment": ExperimentKeys,
    "Experiment": ExperimentOwnKeys,
    "Study, experiment or curve": CurveKeys,
    "Curve": CurveOwnKeys,
    "Figure": FigureKeys,
    "Decision": DecisionKeys,
    "Claim": ClaimKeys,
    "Leaderboard": LeaderboardKeys,
    "Data set": DatasetKeys,
    "Redraw": Redraw,
    "Step size": Schedule,
    "Split": Dirichlet,
}


def _of_method(row: Any) -> str:
    """Say what a method encodes on which allocation, and what it decodes."""
    held = f"the allocation `{row.allocation}`" if row.allocation else "the study's allocation"
    return f"{row.name}: {_decapitalised(_first_line(row.decode)).rstrip('.')}; on {held}."


_ROW_TABLES: dict[str, tuple[Mapping[str, Any], Callable[[Any], str]]] = {
    "Methods": (METHODS, _of_method),
    "Aggregation rules": (RULES, lambda row: _first_line(row.aggregate)),
    "Allocations": (ALLOCATIONS, lambda row: _first_line(row.allocate)),
    "Problems": (PROBLEMS, lambda row: _first_line(getattr(row, "loss", row.parameters))),
}


def _with_parameters(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row for name, row in table.items() if row.parameters.model_fields}


def _parameter_sections(kind: str, table: Mapping[str, Any]) -> list[str]:
    return [
        f"## {kind} `{name}`\n\n{_first_line(row.parameters)}\n\n"
        f"{_key_table(keys_of(row.parameters))}"
        for name, row in table.items()
    ]


def _key_table(keys: Mapping[str, Schema]) -> str:
    rows = [(f"`{key}`", _value(one), one["description"]) for key, one in keys.items()]
    return _table(("key", "value", "meaning"), rows)


def _value(schema: Schema) -> str:
    """Say in words which values a schema allows."""
    if "anyOf" in schema:
        kinds = (_value(one) for one in schema["anyOf"] if one != _NULL)
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in schema or "const" in schema:
        values = [str(one) for one in schema.get("enum", [schema.get("const")])]
        told = [f"`{one}`" for one in values if "." not in one]
        told += ["`library.Rule`"] * (len(told) < len(values))
        return " or ".join(filter(None, [", ".join(told[:-1]), told[-1]]))
    if schema["type"] == "array":
        return f"list of {_PLURALS[schema['items']['type']]}"
    kind = "name" if "pattern" in schema else _KINDS[schema["type"]]
    bounds = [f"{sign} {schema[key]:g}" for key, sign in _BOUNDS.items() if key in schema]
    return f"{kind} {', '.join(bounds)}".strip()


_BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
_KINDS = {
    "integer": "integer",
    "number": "number",
    "boolean": "`true` or `false`",
    "string": "text",
    "object": "mapping",
}
_PLURALS = {"integer": "integers", "string": "texts", "object": "mappings"}


def _row_table(rows: Mapping[str, Any], meaning: Callable[[Any], str]) -> str:
    return _table(("name", "meaning"), [(f"`{name}`", meaning(row)) for name, row in rows.items()])


_OF_LIBRARIES = """\
A rule of a library that is installed beside cradl is named with the library, as in
`aggregator: byzfl.Krum`. It runs step by step, and promises nothing: it has no constant, and no
attack asks it. The installed version is part of what the results were made from. Rules that draw
random numbers of their own are left out."""


def _library_table() -> str:
    rows = [(f"`{one}`", ", ".join(f"`{rule}`" for rule in names(one))) for one in LIBRARIES]
    return _table(("package", "rules"), rows)


def _files() -> list[tuple[str, str]]:
    """Return each file of the folder with the first sentence of what opens it."""
    files = []
    # By name, because users keep studies of their own beside them.
    for name in ("benchmark.yaml", "digits.yaml", "first.yaml", "paper.yaml", "smoke.yaml"):
        path = README_FILE.with_name(name)
        lines = path.read_text(encoding="utf-8").splitlines()
        comment = itertools.takewhile(lambda line: line.startswith("#"), lines)
        text = " ".join(line.lstrip("# ") for line in comment if "$schema=" not in line)
        files.append((f"`{name}`", text.partition(". ")[0].removesuffix(".") + "."))
    plugin = README_FILE.with_name("variants.py").read_text(encoding="utf-8")
    files.append(("`variants.py`", plugin.partition("\n")[0].strip('"')))
    return files


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _first_line(documented: Any) -> str:
    """Return the first paragraph of a docstring, on one line."""
    return " ".join(inspect.cleandoc(documented.__doc__ or "").partition("\n\n")[0].split())


def _decapitalised(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


if __name__ == "__main__":
    write_text(SCHEMA_FILE, schema_text())
    write_text(README_FILE, config_readme())
