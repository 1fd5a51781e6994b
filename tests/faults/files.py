"""Faults of files: damaged, edited, deleted, dated, copied, mixed with those of another setting."""

import random
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from faults import damage
from faults.damage import DATA, KINDS, LATEX, PAGE, RUN, TABLE
from faults.trial import Fault, Trial, products, set_study

from cradl.check import check

OTHER_BYTES = "{} has other bytes than those that were written"
ALTERED = ("has other bytes than those that were written",)
NO_RECORD = "{} has no record of what it is"
NO_RECORDS = "results/tiny has no records of what is in it"
EDITED = (TABLE, LATEX, PAGE)
FLIPS, WHOLE, BATCH = 1000, 20, 5
"""So many bits; those that go through the whole command, and how many at once."""
# By the product whose record it is.
DAMAGES = {
    RUN: damage.empty,
    DATA: damage.truncate,
    **{
        product: partial(damage.edit_record, key=key)
        for key, product in {
            "sha256": "figures/both.svg",
            "config": "bounds/table1.csv",
            "source": "verify/theorems.csv",
            "cradl": "verify/equations.csv",
            RUN: TABLE,
        }.items()
    },
}
OTHER = {"T": 4}
"""The other setting."""


def of_product(what: Callable[[Path], object], product: str) -> Callable[[Trial], None]:
    """Return the injection that does something to one product."""

    def inject(trial: Trial) -> None:
        what(trial.results / product)

    return inject


def altered(name: str, what: Callable[[Path], object], products: Sequence[str]) -> Fault:
    """Return the fault that something happens to several products, of which each must be named."""

    def inject(trial: Trial) -> None:
        for one in products:
            what(trial.results / one)

    return Fault(name, inject, tuple(map(OTHER_BYTES.format, products)))


def deleted(product: str) -> Fault:
    """Return the fault that a product is not there."""
    return Fault(f"a deleted product: {product}", of_product(Path.unlink, product))


def flips(results: Path, count: int, seed: int = 1) -> list[tuple[str, int]]:
    """Return bits, of products chosen one as often as another."""
    chance = random.Random(seed)
    names = sorted(one for one in products(results) if not one.startswith("records/"))
    chosen = [chance.choice(names) for _ in range(count)]
    return [(one, chance.randrange(8 * (results / one).stat().st_size)) for one in chosen]


def flip_all(trial: Trial) -> list[str]:
    """Turn a thousand bits round, one at a time: each must be told, and its product named."""
    wrong = []
    for product, bit in flips(trial.results, FLIPS):
        damage.flip(trial.results / product, bit)
        if [one.product for one in check(trial.results)] != [product]:
            wrong.append(f"bit {bit} of {product} is not told")
        damage.flip(trial.results / product, bit)
    return wrong + [f"{one.product} is not in order" for one in check(trial.results)]


def flip_some(first: int, trial: Trial) -> list[str]:
    """Turn some of the thousand bits round, in products of which each must be told."""
    chosen = dict(flips(trial.results, FLIPS)[first : first + BATCH])
    for product, bit in chosen.items():
        damage.flip(trial.results / product, bit)
    wrong = {*chosen} ^ {one.product for one in check(trial.results)}
    trial.note = ", ".join(f"bit {bit} of {product}" for product, bit in chosen.items())
    return [f"{one} is not told" for one in wrong]


def delete_caches(trial: Trial) -> None:
    """Delete what Snakemake remembers."""
    shutil.rmtree(trial.project / ".snakemake")


def damage_record(what: Callable[[Path], object], product: str) -> Callable[[Trial], None]:
    """Return the injection that does something to the record of a product."""
    return of_product(what, f"records/{product}.json")


def damage_records(trial: Trial) -> None:
    """Damage several records, each in another way."""
    for product, what in DAMAGES.items():
        damage_record(what, product)(trial)


def date_all(trial: Trial, when: int) -> None:
    """Date all results."""
    damage.date(trial.results, when)


def move(name: str) -> Callable[[Trial], None]:
    """Return the injection that moves the project with its results."""

    def inject(trial: Trial) -> None:
        trial.project = trial.project.rename(trial.project.with_name(name))

    return inject


def mix(trial: Trial) -> None:
    """Take every other product from a run with another setting, without its record."""
    other = trial.other / "results" / "tiny"
    names = [one for one in products(trial.results) if not one.startswith("records/")]
    for name in names[::2]:
        shutil.copy2(other / name, trial.results / name)


def mix_with_records(trial: Trial) -> None:
    """Take every other product from a run with another setting, with its record."""
    mix(trial)
    other = trial.other / "results" / "tiny"
    names = [one for one in products(trial.results) if not one.startswith("records/")]
    for name in names[::2]:
        record = f"records/{name}.json"
        shutil.copy2(other / record, trial.results / record)


def change_setting(trial: Trial) -> None:
    """Change the study, and delete what Snakemake remembers."""
    set_study(trial.project, **OTHER)
    trial.expected = {"tiny": products(trial.other / "results" / "tiny")}
    delete_caches(trial)


def edit_code(trial: Trial) -> None:
    """Add a comment to a module, and delete what Snakemake remembers."""
    with (trial.project / "cradl" / "results" / "loss_table.py").open("a") as module:
        module.write("\n# Edited.\n")
    delete_caches(trial)


def edit_code_that_counts(trial: Trial) -> list[str]:
    """Let a module compute another number, see it in the table, and take the edit back."""
    module = trial.project / "cradl" / "results" / "loss_table.py"
    text = module.read_text("utf-8")
    before = (trial.results / TABLE).read_bytes()
    module.write_text(text.replace("= plateau(", "= 2 * plateau("), encoding="utf-8")
    delete_caches(trial)
    trial.run()
    module.write_text(text, encoding="utf-8")
    delete_caches(trial)
    same = (trial.results / TABLE).read_bytes() == before
    return ["the table is as before the edit"] if same else []


def leave(trial: Trial) -> list[str]:
    """Leave what killed processes leave, and delete a product so that there is a job."""
    for name in (".flipped.0123456789abcdef.nc", ".again.0123456789abcdef"):
        (trial.results / "simulate" / name).write_bytes(b"half")
    (trial.results / TABLE).unlink()
    return []


FAULTS = [
    altered("truncated stores", damage.truncate, [RUN, DATA]),
    altered("a file of each kind emptied, times unchanged", damage.empty, [*KINDS.values()]),
    altered("a bit of each kind flipped, times unchanged", damage.flip_one, [*KINDS.values()]),
    *(altered(f"a digit edited in {one}", damage.edit_digit, [one]) for one in EDITED),
    Fault(f"{FLIPS} flipped bits, one at a time, told by cradl.check", flip_all, runs=0),
    *(
        Fault(f"flipped bits {first} to {first + BATCH - 1}", partial(flip_some, first), ALTERED)
        for first in range(0, WHOLE, BATCH)
    ),
    *map(deleted, KINDS.values()),
    Fault(".snakemake deleted", delete_caches),
    Fault(
        "all records deleted",
        lambda trial: shutil.rmtree(trial.results / "records"),
        (NO_RECORDS,),
    ),
    Fault("a record deleted", damage_record(Path.unlink, RUN), (NO_RECORD.format(RUN),)),
    Fault("records damaged", damage_records, tuple(map(NO_RECORD.format, DAMAGES))),
    Fault("results copied without times", lambda trial: damage.copy_without_times(trial.results)),
    Fault("project and results moved", move("elsewhere")),
    Fault("project and results moved to a strange name", move("an odd {place} für 数, 100% [x]")),
    Fault("half of the products of another setting", mix, ALTERED),
    Fault("half of the products of another setting, with records", mix_with_records, runs=2),
    Fault("another setting, .snakemake deleted", change_setting),
    Fault("a comment in the code, .snakemake deleted", edit_code, sources=False),
    Fault("code edited, then the edit undone, .snakemake deleted", edit_code_that_counts),
    Fault("a data set dated 2030", of_product(partial(damage.date, when=damage.FAR["2030"]), DATA)),
    *(
        Fault(f"everything dated {year}", partial(date_all, when=when))
        for year, when in damage.FAR.items()
    ),
    Fault("left-overs of killed processes", leave),
]
