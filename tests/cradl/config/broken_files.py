"""Faults of files: what stands in the place of a study, or of one that it extends."""

from collections.abc import Callable
from random import Random

from study_files import Written

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


def _added(line: str) -> Callable[[Written, Random], Written]:
    """Return the fault that extends the study by a file with one more line."""

    def plant(written: Written, random: Random) -> Written:
        text = f"extends: {next(iter(written.files))}\n{line}\n"
        return written._replace(files={"more.yaml": text.encode(), **written.files})

    return plant


def _overridden(written: Written, random: Random) -> Written:
    curves = "{method: mean_averaging, alpha: 0}"
    text = f"extends: {next(iter(written.files))}\nonly: [mine]\n"
    text += f"experiments: {{mine: {{curves: [{curves}]}}}}\n"
    files = {"more.yaml": text.encode(), **written.files}
    return Written(files, {**written.overrides, "alpha": 0.1})


RESERVED = {
    "a null that deletes nothing": _added("claims: {nobody: null}"),
    "an override that reaches no running curve": _overridden,
    "names that only differ in capitals": _added("datasets: {Aa: {M: 2}, aA: {M: 2}}"),
    "a row that a plugin adds twice": _added("plugins: [mine.py, a/../mine.py]"),
    "a text that no figure can draw": _added('experiments: {mine: {title: "$\\\\frac{1$"}}'),
}
"""Faults whose findings are still to be settled: how each changes what is written."""
