"""Faults of files: damaged, edited, deleted, dated, copied, mixed."""

import random
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from faults import damage
from faults.damage import KINDS, LATEX, PAGE, RUN, TABLE
from faults.trial import Fault, Trial, differences, products

from cradl.check import check

OTHER_BYTES = r"{} has other bytes than those that were written"
NO_RECORD = r"{} has no record of what it is"
FLIPS, FLIPS_WHOLE = 1000, 20
OTHER = {"T": 4}
"""What the other setting is."""


def of_product(what: Callable[[Path], None], product: str) -> Callable[[Trial], None]:
    """Return the injection that does something to one product."""
    return lambda trial: what(trial.results / product)


def altered(name: str, what: Callable[[Path], None], products: Sequence[str]) -> list[Fault]:
    """Return a fault for each product, which must be named."""
    return [
        Fault(f"{name}: {one}", of_product(what, one), OTHER_BYTES.format(one)) for one in products
    ]


def delete_caches(trial: Trial) -> None:
    """Delete what Snakemake remembers."""
    shutil.rmtree(trial.project / ".snakemake")


def flip_many(trial: Trial) -> Sequence[str]:
    """Turn a thousand bits round, one at a time: each must be told, and its product named."""
    chosen = flips(trial.results, FLIPS)
    missed = []
    for product, bit in chosen:
        damage.flip(trial.results / product, bit)
        if [one.product for one in check(trial.results)] != [product]:
            missed.append(f"bit {bit} of {product}")
        damage.flip(trial.results / product, bit)
    left = check(trial.results)
    return [f"not told: {one}" for one in missed] + [f"not in order: {one}" for one in left]


def flips(results: Path, count: int, seed: int = 1) -> list[tuple[str, int]]:
    """Return bits, of products chosen one as often as another."""
    chance = random.Random(seed)
    names = sorted(one for one in products(results) if not one.startswith("records/"))
    chosen = [chance.choice(names) for _ in range(count)]
    return [(one, chance.randrange(8 * (results / one).stat().st_size)) for one in chosen]


def flip_numbered(number: int, trial: Trial) -> None:
    """Turn one of the thousand bits round, and leave it so."""
    product, bit = flips(trial.results, FLIPS)[number]
    damage.flip(trial.results / product, bit)


FAULTS = [
    *altered("a truncated file", damage.truncate, [RUN, "dataset/small.nc"]),
    *altered("an emptied file, its time unchanged", damage.empty, list(KINDS.values())),
    *altered("a flipped bit, its time unchanged", damage.flip_one, list(KINDS.values())),
    *altered("an edited digit", damage.edit_digit, [TABLE, LATEX, PAGE]),
]
