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
from cradl.samples import Samples

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
    """The column to predict: numbers, or for a loss of labels −1 and +1."""
    features: Annotated[list[str], Field(min_length=1)] | None = None
    """The columns to predict it from; if absent, all others."""
    positive: str | int | float | bool | None = None
    """For a target of two values: the one that becomes +1, the other becomes −1."""
    standardised: bool = True
    """If true, each feature is shifted and scaled to mean 0 and variance 1 over all rows; if
    absent, true."""
    intercept: bool = True
    """If true, a last feature is the constant 1; if absent, true."""
    order: Literal["random", "file"] = "random"
    """The rows that fill subset after subset: drawn at random, or as they stand in the file; if
    absent, at random."""
    M: PositiveInt
    """Number of subsets the data are divided into."""
    m: PositiveInt | None = None
    """Number of rows that are used, a multiple of M; if absent, all."""


class OwnTable(TableKeys):
    """A table of the user's with what its file says.

    `file` has the name alone; where the file lies says nothing about the data.
    """

    features: Annotated[list[str], Field(min_length=1)]
    """The columns to predict from."""
    m: PositiveInt
    """Number of rows that are used."""
    D: PositiveInt
    """Number of features, with the intercept if there is one."""
    sha256: str
    """SHA-256 of the file's bytes."""

    @classmethod
    def of(cls, keys: TableKeys, folder: Path, *, labels: bool) -> Self:
        """Read and check the file that the keys of a study name.

        Parameters
        ----------
        folder
            That of the study, from which `file` is looked for.
        labels
            Whether the loss needs −1 and +1.

        Raises
        ------
        cradl.columns.DataFault
            A file that cannot be used so: says where and what to write instead.
        """
        sha256 = columns.digest_of(folder / keys.file)
        features = _features(keys, columns.names_of(sha256))
        values, responses = _table(
            sha256, tuple(features), keys.target, keys.positive, labels=labels
        )
        if keys.standardised:
            _standardised(values, features)
        given = keys.model_dump() | {
            "file": Path(keys.file).name,
            "features": features,
            "m": _size(keys, len(responses)),
            "D": len(features) + keys.intercept,
            "sha256": sha256,
        }
        return cls(**given)


def own_table(rng: Generator, parameters: OwnTable, sigma_h: Sequence[float]) -> Samples:
    """Take rows of the file, in their order or at random, with features as the keys say."""
    features, positive = tuple(parameters.features), parameters.positive
    designs, responses = _table(parameters.sha256, features, parameters.target, positive)
    if parameters.standardised:
        designs = _standardised(designs, features)
    if parameters.intercept:
        designs = np.hstack([designs, np.ones((len(designs), 1))])
    chosen = np.arange(len(designs))
    if parameters.order == "random":
        chosen = rng.permutation(len(designs))
    chosen = chosen[: parameters.m]
    return Samples(designs[chosen], np.tile(responses[chosen], (len(sigma_h), 1)))


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
) -> tuple[Floats, Floats]:
    """Return features (rows, columns) and responses (rows,)."""
    if positive is None and not labels:
        numbers = columns.read(sha256, (*features, target)).numbers
        return np.ascontiguousarray(numbers[:, :-1]), numbers[:, -1]
    numbers, texts = columns.read(sha256, features, target)
    return numbers, _labels(texts, positive, target)


def _labels(texts: Sequence[str], positive: str | float | None, target: str) -> Floats:
    """Return −1 and +1 for the two values of a target."""
    values = sorted(dict.fromkeys(texts))
    shown = ", ".join(map(repr, values[:5])) + (", ..." if len(values) > 5 else "")
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


def _comparable(text: str) -> float | str:
    """Return a number for a text that spells one, so that 1, 1.0 and "1" are the same."""
    try:
        return float(text)
    except ValueError:
        return text.lower() if text.lower() in ("true", "false") else text


def _standardised(values: Floats, names: Sequence[str]) -> Floats:
    """Shift and scale each column to mean 0 and variance 1; refuse one that never varies."""
    with np.errstate(over="ignore", invalid="ignore"):
        deviations = values.std(axis=0)
        for name, column, deviation in zip(names, values.T, deviations, strict=True):
            if np.ptp(column) == 0:
                given = f"{column[0]:g} in every row of column {name!r}: list `features` without it"
                raise DataFault("standardised", "columns that vary", given)
            if not 0 < deviation < np.inf:
                given = f"column {name!r} from {column.min():g} to {column.max():g}"
                raise DataFault("standardised", "columns whose variance is a number", given)
    found: Floats = (values - values.mean(axis=0)) / deviations
    return found


def _size(keys: TableKeys, rows: int) -> int:
    """Return the number of rows that are used."""
    M, m = keys.M, keys.m
    if m is not None and m > rows:
        raise DataFault("m", f"at most the {rows} rows of {Path(keys.file).name}", str(m))
    if rows < M:
        raise DataFault("M", f"at most as many subsets as the {rows} rows of the file", str(M))
    if m is None and rows % M:
        divisors = [one for one in range(1, rows + 1) if rows % one == 0]
        below = max(one for one in divisors if one < M)
        above = min(one for one in divisors if one > M)
        needed = f"a divisor of the {rows} rows of the file, such as {below} or {above}"
        raise DataFault("M", f"{needed}, or m: {rows - rows % M} to use so many of them", str(M))
    return rows if m is None else m
