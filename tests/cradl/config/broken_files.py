"""Faults of files: what stands in the place of a study, or of one that it extends."""

from random import Random
from typing import Any

import yaml
from study_files import Writer, Written, leaves, put

_TEXTS: dict[str, str] = {
    "empty file": "",
    "a comment alone": "# nothing\n",
    "null": "~\n",
    "a list at the top": "- study: one\n- seed: 3\n",
    "a text at the top": "study\n",
    "a number at the top": "12\n",
    "tabs": "study: one\ndatasets:\n\tsmall: {M: 2}\n",
    "an open bracket": "experiments: [{curves: [\n",
    "an open quote": 'study: "one\nseed: 3\n',
    "two documents": "study: one\n---\nseed: 3\n",
    "control characters": "study: o\x07ne\n",
    "null bytes": "study: one\0\n",
    "a Python object": "study: !!python/object/apply:os.system [true]\n",
    "an unknown tag": "seed: !seed 3\n",
    "a wrong date": "study: 2025-02-30\n",
    "a key that is a mapping": "? {a: 1}\n: 3\n",
    "an unknown alias": f"attack: *{'x' * 5000}\n",
    "a circle": "datasets: &a {one: [*a]}\n",
    "merges itself": "datasets: &a {<<: *a}\n",
    "deep lists": "[" * 3000,
    "deep mappings": "a: " + "{a: " * 3000,
    "many digits": f"seed: {'7' * 6000}\n",
    "bad indentation": "study: one\n   seed: 3\n  trials: 2\n",
    "no colon": "study: one\nseed 3\ntrials: 2\n",
    "a directive of no version": "%YAML 9.9\n---\nstudy: one\n",
    "a long line": f"study: {'x ' * 9000}: {{\n",
    "extends itself": "extends: {name}\n",
    "extends a circle": "extends: {first}\n",
    "extends nothing": "extends: nowhere.yaml\n",
    "extends a folder": "extends: .\n",
    "extends a null byte": 'extends: "a\\0b"\n',
    "extends a list": "extends: [one.yaml]\n",
    "extends a number": "extends: 3\n",
    "extends no text": "extends: ''\n",
}
_BYTES: dict[str, bytes] = {
    "no UTF-8": b"study: \xff\xfe\n",
    "a half character": "title: ä".encode()[:-1],
    "Latin 1": "title: ä\n".encode("latin-1"),
    "an image": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "an archive": b"PK\x03\x04\x14\0\x08\x08",
    "UTF-16": "study: one\n".encode("utf-16"),
}
FILE_FAULTS = (*_TEXTS, *_BYTES)

_PIECES = (
    *(": ", "- ", "\n", "\t", "[", "]", "{", "}", ", ", "&a ", "*a", "!!str ", "!x ", "null", "~"),
    *("1e3", "010", "yes", "%YAML 1.1\n---\n", "---\n", "...\n", "\0", "\x85", "\ufeff", "\u2028"),
    *(
        "<<: *a",
        "? ",
        "'",
        '"',
        "#",
        "@",
        "`",
        "|",
        ">",
        "-",
        "é",
        "\\",
        "{}",
        "[]",
        ".inf",
        ".nan",
    ),
    *("!!binary ", "!!set ", "!!omap ", "!!float ", "=", "2025-01-31", "0x", "_", "999999999999"),
)


def replaced(written: Written, kind: str, random: Random) -> tuple[Written, str]:
    """Put the fault in the place of one of the files; return also the name of that file."""
    names = [one for one in written.files if one != "mine.py"]
    at = random.randrange(len(names))
    name = names[at]
    if kind in _BYTES:
        content = _BYTES[kind]
    else:
        up = "../" * name.count("/")
        text = _TEXTS[kind].replace("{name}", name.rpartition("/")[2])
        content = text.replace("{first}", up + names[0]).encode()
    return written._replace(files={**written.files, name: content}), name


def mutated(written: Written, random: Random) -> Written:
    """Change some bytes of one of the files."""
    name = random.choice([one for one in written.files if one != "mine.py"])
    content = written.files[name]
    for _ in range(random.randint(1, 4)):
        content = _mutation(content, random)
    return written._replace(files={**written.files, name: content})


def _mutation(content: bytes, random: Random) -> bytes:
    first = random.randrange(len(content) + 1)
    past = min(first + random.randint(0, 30), len(content))
    lines = content.splitlines(keepends=True)
    kind = random.randrange(6)
    if kind == 0:
        return content[:first] + random.choice(_PIECES).encode() + content[first:]
    if kind == 1:
        return content[:first] + content[past:]
    if kind == 2:
        return content[:past] + content[first:]
    if kind == 3 and lines:
        at, to = random.randrange(len(lines)), random.randrange(len(lines))
        lines[at], lines[to] = lines[to], lines[at]
        return b"".join(lines)
    if kind == 4 and lines:
        lines.insert(random.randrange(len(lines)), random.choice(lines))
        return b"".join(lines)
    return content[:first] + bytes([random.randrange(256)]) + content[first + 1 :]


_DATA = {"generator": "gaussian_linear", "problem": "least_squares", "M": 4, "m": 4, "D": 1}
_DATA |= {"feature_variance": 1, "noise_variance": 0}
_CURVE = {"method": "mean_averaging", "dataset": "mine", "N": 2, "alpha": 0, "sigma_h": 0}
_CURVE |= {"identities": "redrawn", "rounding": "nearest", "step_size": 0.1, "start": "zero"}
_CURVE |= {"attack": {"name": "sign_flipping", "coefficient": -1}}
_EXPERIMENT = {"trials": 1, "T": 1, "diagnostics": False, "messages": False, "chunks": 1}
_EXPERIMENT |= {"redraw": {"data": False, "allocation": False, "attack": False}}
_FIGURE = {"draw": "training_loss", "experiments": ["mine"]}
_SOUND: dict[str, Any] = {
    "only": ["mine"],
    "datasets": {"mine": _DATA},
    "experiments": {"mine": {**_EXPERIMENT, "curves": [_CURVE]}},
}
"""Of this alone runs: an experiment whose curve has all of its keys itself."""

TOLD: dict[str, dict[str, Any]] = {
    # A null that deletes nothing.
    "datasets.nobody": {"datasets": {"nobody": None}},
    "experiments.nobody": {"experiments": {"nobody": None}},
    "figures.nobody": {"figures": {"nobody": None}},
    "experiments.mine.title": {"experiments": {"mine": {"title": None}}},
    # A change that reaches no running curve.
    "alpha": {"alpha": 0.1},
    "trials": {"trials": 2},
    "aggregator": {"aggregator": "median"},
    "step_size": {"step_size": 0.3},
    "experiments.mine.N": {"experiments": {"mine": {"N": 4}}},
    "experiments.mine.r": {"experiments": {"mine": {"r": 1}}},
    # Names that only differ in capitals.
    "datasets.miNe": {"datasets": {"miNe": _DATA}},
    "experiments.Mine": {"experiments": {"Mine": {**_EXPERIMENT, "curves": [_CURVE]}}},
    "figures.aA": {"figures": {"Aa": _FIGURE, "aA": _FIGURE}},
}
"""What may not be laid over a sound study, by the place where it must be told."""
SOUND = ({}, {"plugins": ["mine.py", "./mine.py"]})
"""What may be."""


def changed(written: Written, change: dict[str, Any], *, overridden: bool) -> Written:
    """Extend a study by a sound experiment, and by a change in the same file or an override.

    Of the study itself nothing runs: its own overrides may set its name and seed alone.
    """
    parts = [{"extends": next(iter(written.files))}, _SOUND, {} if overridden else change]
    study: dict[str, Any] = {}
    for path, value in (leaf for part in parts for leaf in leaves(part) if part):
        put(study, path, value)
    files = {"more.yaml": yaml.dump(study, Dumper=Writer, sort_keys=False).encode()}
    return Written({**files, **written.files}, written.overrides | (change if overridden else {}))
