"""Real data: a user's own table, and the Wisconsin diagnostic breast cancer data."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from numpy.random import Generator
from pydantic import Field

from cradl import columns
from cradl.arrays import Floats
from cradl.columns import DataFault
from cradl.parameters import Parameters, PositiveInt
from cradl.samples import Samples, Test

# Size of the Wisconsin diagnostic breast cancer data.
_TUMOURS, _MEASUREMENTS = 569, 30


class BreastCancer(Parameters):
    """Real data: 569 tumours (Wisconsin diagnostic), their labels −1 malignant and +1 benign."""

    M: PositiveInt
    """Number of subsets the data are divided into."""
    m: Annotated[int, Field(ge=1, le=_TUMOURS)]
    """Number of samples, drawn among the 569; a multiple of M."""
    D: Annotated[int, Field(ge=1, le=_MEASUREMENTS)]
    """Number of features: leading principal components, each of mean 0 and variance 1."""
    intercept: bool
    """If true, the last of the D features is the constant 1."""


def breast_cancer(rng: Generator, parameters: BreastCancer, sigma_h: Sequence[float]) -> Samples:
    """Draw which of the tumours are used, and in which order they fill the subsets.

    The features are standardised and turned into principal components over all tumours; of each
    component's two signs, its largest loading is positive.
    """
    # Importing scikit-learn takes a second, which no other data set should cost.
    from sklearn.datasets import load_breast_cancer

    measured, benign = load_breast_cancer(return_X_y=True)
    standard = (measured - measured.mean(axis=0)) / measured.std(axis=0)
    left, _, loadings = np.linalg.svd(standard, full_matrices=False)
    largest = np.abs(loadings).argmax(axis=1)
    signs = np.sign(loadings[np.arange(len(loadings)), largest])
    components = np.sqrt(len(left)) * signs * left
    if parameters.intercept:
        constant = np.ones((len(left), 1))
        components = np.hstack([components[:, : parameters.D - 1], constant])
    chosen = rng.permutation(len(left))[: parameters.m]
    designs = components[chosen, : parameters.D]
    return Samples(designs, np.tile(2.0 * benign[chosen] - 1.0, (len(sigma_h), 1)))


class TableKeys(Parameters):
    """Your own data: rows of a CSV or Parquet file; one column is predicted from others."""

    file: Annotated[str, Field(min_length=1)]
    """The file, relative to the study that names it: CSV with commas and a line of column names,
    or Parquet."""
    target: str
    """The column to predict: numbers; for a loss of labels −1 and +1; for one of classes any
    values, which in sorted order (numbers by size) are the classes 0, 1, ..."""
    features: Annotated[list[str], Field(min_length=1)] | None = None
    """The columns to predict it from; if absent, all others."""
    positive: str | int | float | bool | None = None
    """For a target of two values: the one that becomes +1, the other becomes −1. Not for a loss of
    classes."""
    standardised: bool = True
    """If true, each feature is shifted and scaled to mean 0 and variance 1 over all rows of the
    file but those that `test` keeps apart; if absent, true."""
    intercept: bool = True
    """If true, a last feature is the constant 1; if absent, true."""
    order: Literal["random", "file"] = "random"
    """The rows that fill subset after subset: drawn at random, or as they stand in the file; if
    absent, at random."""
    M: PositiveInt
    """Number of subsets the data are divided into."""
    m: PositiveInt | None = None
    """Number of training rows, a multiple of M; if absent, all that `test` leaves."""
    test: Annotated[int, Field(ge=0)] = 0
    """For a loss of classes: number of rows that are kept apart for the test accuracy, drawn at
    random; if absent, 0."""


class OwnTable(TableKeys):
    """A table of the user's with what its file says.

    `file` has the name alone; where the file lies says nothing about the data.
    """

    features: Annotated[list[str], Field(min_length=1)]
    """The columns to predict from."""
    m: PositiveInt
    """Number of training rows."""
    classes: Annotated[int, Field(ge=0)]
    """Number of classes; 0 for a loss of other responses."""
    D: PositiveInt
    """Number of features, with the intercept if there is one."""
    sha256: str
    """SHA-256 of the file's bytes."""

    @classmethod
    def of(cls, keys: TableKeys, folder: Path, *, labels: bool, classes: bool) -> Self:
        """Read and check the file that the keys of a study name.

        Parameters
        ----------
        folder
            That of the study, from which `file` is looked for.
        labels
            Whether the loss needs −1 and +1.
        classes
            Whether the loss is one of classes.

        Raises
        ------
        cradl.columns.DataFault
            A file that cannot be used so: says where and what to write instead.
        """
        if classes and keys.positive is not None:
            needed = "no such key for a loss of classes, each value of the target being one"
            raise DataFault("positive", needed, repr(keys.positive))
        if keys.test and not classes:
            needed = "0 for a loss without classes, of which there is no test accuracy"
            raise DataFault("test", needed, str(keys.test))
        sha256 = columns.digest_of(folder / keys.file)
        features = _features(keys, columns.names_of(sha256))
        given = sha256, tuple(features), keys.target, keys.positive
        values, responses = _table(*given, labels=labels, classes=classes)
        if keys.standardised:
            _require_varying(values, features)
        found = keys.model_dump() | {
            "file": Path(keys.file).name,
            "features": features,
            "m": _size(keys, len(responses)),
            "classes": int(responses.max()) + 1 if classes else 0,
            "D": len(features) + keys.intercept,
            "sha256": sha256,
        }
        return cls(**found)


def own_table(rng: Generator, parameters: OwnTable, sigma_h: Sequence[float]) -> Samples:
    """Take rows of the file, in their order or at random, with features as the keys say.

    Rows that are kept apart are drawn at random in either order, from equal streams the same ones.
    """
    m, test = parameters.m, parameters.test
    designs, responses = _table(
        parameters.sha256,
        tuple(parameters.features),
        parameters.target,
        parameters.positive,
        classes=parameters.classes > 0,
    )
    rows = np.arange(len(designs))
    drawn = rng.permutation(len(rows)) if test or parameters.order == "random" else rows
    apart = drawn[m : m + test]
    others = np.delete(rows, apart)
    chosen = (drawn if parameters.order == "random" else others)[:m]
    if parameters.standardised:
        designs = _standardised(designs, over=designs[others] if test else designs)
    if parameters.intercept:
        designs = np.hstack([designs, np.ones((len(designs), 1))])
    kept = Test(designs[apart], responses[apart]) if test else None
    return Samples(designs[chosen], np.tile(responses[chosen], (len(sigma_h), 1)), kept)


def _features(keys: TableKeys, names: Sequence[str]) -> list[str]:
    """Return the names of the features; refuse columns that are not there."""
    if keys.target not in names:
        raise DataFault("target", "a column of the file", keys.target, names)
    if keys.features is None:
        if "" in names:
            given = f"none for column {names.index('') + 1}: name it, or list `features`"
            raise DataFault("file", "a name for every column", given)
        others = [one for one in names if one != keys.target]
        if not others:
            raise DataFault("file", "a column besides the target", "none")
        return others
    for place, one in enumerate(keys.features):
        where = f"features[{place}]"
        if one not in names:
            raise DataFault(where, "a column of the file", one, names)
        if one == keys.target or one in keys.features[:place]:
            raise DataFault(where, "every column once, and not the target", repr(one))
    return list(keys.features)


def _table(
    sha256: str,
    features: tuple[str, ...],
    target: str,
    positive: str | float | None,
    *,
    labels: bool = False,
    classes: bool = False,
) -> tuple[Floats, Floats]:
    """Return features (rows, columns) and responses (rows,)."""
    if positive is None and not labels and not classes:
        numbers = columns.read(sha256, (*features, target)).numbers
        return np.ascontiguousarray(numbers[:, :-1]), numbers[:, -1]
    numbers, texts = columns.read(sha256, features, target)
    return numbers, _classes(texts, target) if classes else _labels(texts, positive, target)


def _labels(texts: Sequence[str], positive: str | float | None, target: str) -> Floats:
    """Return −1 and +1 for the two values of a target."""
    values = sorted(dict.fromkeys(texts))
    shown = _shown(values)
    keys = {one: _comparable(one) for one in values}
    if len(set(keys.values())) != 2:
        raise DataFault("target", f"two values in column {target!r}", f"{len(values)}: {shown}")
    if positive is None:
        if set(keys.values()) == {-1.0, 1.0}:
            return np.array([keys[one] for one in texts], np.float64)
        needed = f"this key, the value of {target!r} that becomes +1, one of {shown}"
        raise DataFault("positive", needed, "none")
    chosen = _comparable(str(positive))
    if chosen not in keys.values():
        raise DataFault("positive", f"a value of {target!r}", str(positive), values)
    return np.array([1.0 if keys[one] == chosen else -1.0 for one in texts])


def _classes(texts: Sequence[str], target: str) -> Floats:
    """Return the class of each cell of a target: the place of its value among all, sorted.

    Refuse one class, and so many that the column is rather one of measurements.
    """
    keys = {one: _comparable(one) for one in dict.fromkeys(texts)}
    numbers = {key: one for one, key in keys.items() if isinstance(key, float)}
    words = {key: one for one, key in keys.items() if isinstance(key, str)}
    if numbers and words:
        needed = f"either numbers or texts in column {target!r}, each of them a class"
        raise DataFault("target", needed, f"{_shown([*words.values()])} beside numbers")
    values = [numbers[key] for key in sorted(numbers)] or [words[key] for key in sorted(words)]
    if len(values) < 2:
        needed = f"at least two classes in column {target!r}"
        raise DataFault("target", needed, f"{len(values)}: {_shown(values)}")
    if len(values) > len(texts) // 2:
        needed = f"at most {len(texts) // 2} classes, half as many as rows, in column {target!r}"
        hint = "numbers that measure something have the losses least_squares, robust_regression"
        raise DataFault("target", needed, f"{len(values)}: {_shown(values)} ({hint})")
    places = {keys[one]: float(place) for place, one in enumerate(values)}
    return np.array([places[keys[one]] for one in texts])


def _shown(values: Sequence[str]) -> str:
    """Return the first few values for a message."""
    return ", ".join(map(repr, values[:5])) + (", ..." if len(values) > 5 else "")


def _comparable(text: str) -> float | str:
    """Return a number for a text that spells one, so that 1, 1.0 and "1" are the same."""
    if columns.is_number(text):
        return float(text)
    return text.lower() if text.lower() in ("true", "false") else text


def _require_varying(values: Floats, names: Sequence[str]) -> None:
    """Refuse a column that never varies, or whose variance is no number."""
    with np.errstate(over="ignore", invalid="ignore"):
        deviations = values.std(axis=0)
        for name, column, deviation in zip(names, values.T, deviations, strict=True):
            if np.ptp(column) == 0:
                given = f"{column[0]:g} in every row of column {name!r}: list `features` without it"
                raise DataFault("standardised", "columns that vary", given)
            if not 0 < deviation < np.inf:
                given = f"column {name!r} from {column.min():g} to {column.max():g}"
                raise DataFault("standardised", "columns whose variance is a number", given)


def _standardised(values: Floats, *, over: Floats) -> Floats:
    """Shift and scale each column such that it has mean 0 and variance 1 over some of the rows.

    A column that does not vary over those is shifted alone.
    """
    deviations = np.where(np.ptp(over, axis=0) > 0, over.std(axis=0), 1.0)
    found: Floats = (values - over.mean(axis=0)) / deviations
    return found


def _size(keys: TableKeys, rows: int) -> int:
    """Return the number of training rows."""
    M, m, left = keys.M, keys.m, rows - keys.test
    if m is not None and m > rows:
        raise DataFault("m", f"at most the {rows} rows of {Path(keys.file).name}", str(m))
    if rows < M:
        raise DataFault("M", f"at most as many subsets as the {rows} rows of the file", str(M))
    least = M if m is None else m
    if left < least:
        beside = f"M={M} subsets of one row" if m is None else f"m={m}"
        needed = f"at most the {rows - least} of {rows} rows beside {beside}"
        raise DataFault("test", needed, str(keys.test))
    if m is None and left % M:
        divisors = [one for one in range(1, left + 1) if left % one == 0]
        below = max(one for one in divisors if one < M)
        above = min(one for one in divisors if one > M)
        which = "rows that `test` leaves" if keys.test else "rows of the file"
        needed = f"a divisor of the {left} {which}, such as {below} or {above}"
        raise DataFault("M", f"{needed}, or m: {left - left % M} to use so many of them", str(M))
    return left if m is None else m
