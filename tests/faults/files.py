"""Faults of files: damaged, edited, deleted, dated, copied, mixed with those of another setting."""

import random
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from faults import damage
from faults.damage import KINDS, LATEX, PAGE, RUN, TABLE
from faults.trial import Fault, Trial, products, set_study

from cradl.check import check

OTHER_BYTES = "{} has other bytes than those that were written"
NO_RECORD = "{} has no record of what it is"
NO_RECORDS = "results/tiny has no records of what is in it"
FLIPS, FLIPS_WHOLE = 1000, 20
OTHER = {"T": 4}
"""The other setting."""


def of_product(what: Callable[[Path], object], product: str) -> Callable[[Trial], None]:
    """Return the injection that does something to one product."""

    def inject(trial: Trial) -> None:
        what(trial.results / product)

    return inject


def altered(name: str, what: Callable[[Path], object], products: Sequence[str]) -> list[Fault]:
    """Return a fault for each product, which must be named."""
    return [
        Fault(f"{name}: {one}", of_product(what, one), OTHER_BYTES.format(one)) for one in products
    ]


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


def flip_numbered(number: int, trial: Trial) -> list[str]:
    """Turn one of the thousand bits round, and leave it so."""
    product, bit = flips(trial.results, FLIPS)[number]
    damage.flip(trial.results / product, bit)
    trial.note = f"bit {bit} of {product}"
    return []


def delete_caches(trial: Trial) -> None:
    """Delete what Snakemake remembers."""
    shutil.rmtree(trial.project / ".snakemake")


def damage_record(what: Callable[[Path], object], product: str = RUN) -> Callable[[Trial], None]:
    """Return the injection that does something to the record of a product."""
    return of_product(what, f"records/{product}.json")


def date_product(when: str, product: str) -> Callable[[Trial], None]:
    """Return the injection that dates one product."""
    return of_product(partial(damage.date, when=damage.FAR[when]), product)


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
    *altered("a truncated file", damage.truncate, [RUN, "dataset/small.nc"]),
    *altered("an emptied file, its time unchanged", damage.empty, list(KINDS.values())),
    *altered("a flipped bit, its time unchanged", damage.flip_one, list(KINDS.values())),
    *altered("an edited digit", damage.edit_digit, [TABLE, LATEX, PAGE]),
    Fault(f"{FLIPS} flipped bits, one at a time, told by cradl.check", flip_all, runs=0),
    *(
        Fault(
            f"flipped bit {number} of {FLIPS}",
            partial(flip_numbered, number),
            "has other bytes than those that were written",
        )
        for number in range(0, FLIPS, FLIPS // FLIPS_WHOLE)
    ),
    *map(deleted, [*KINDS.values(), "dataset/small.nc", "bounds/noisy.nc"]),
    Fault(".snakemake deleted", delete_caches),
    Fault(
        "all records deleted",
        lambda trial: shutil.rmtree(trial.results / "records"),
        NO_RECORDS,
    ),
    Fault("a record deleted", damage_record(Path.unlink), NO_RECORD.format(RUN)),
    Fault("a record emptied", damage_record(damage.empty), NO_RECORD.format(RUN)),
    Fault("a record truncated", damage_record(damage.truncate), NO_RECORD.format(RUN)),
    *(
        Fault(
            f"another {key} in a record",
            damage_record(partial(damage.edit_record, key=key)),
            OTHER_BYTES.format(RUN) if key in ("sha256", "size") else None,
        )
        for key in ("sha256", "size", "config", "source", "cradl")
    ),
    Fault(
        "another input in a record",
        damage_record(partial(damage.edit_record, key="simulate/flipped.nc"), TABLE),
    ),
    Fault("results copied without times", lambda trial: damage.copy_without_times(trial.results)),
    Fault("project and results moved", move("elsewhere")),
    Fault("project and results moved to a strange name", move("an odd {place} für 数, 100% [x]")),
    Fault("half of the products of another setting", mix, "has other bytes than those that were"),
    Fault("half of the products of another setting, with records", mix_with_records, runs=2),
    Fault("another setting, .snakemake deleted", change_setting),
    Fault("a comment in the code, .snakemake deleted", edit_code, sources=False),
    Fault("code edited, then the edit undone, .snakemake deleted", edit_code_that_counts),
    *(Fault(f"{one} dated 2030", date_product("2030", one)) for one in ("dataset/small.nc", RUN)),
    *(
        Fault(f"everything dated {year}", partial(date_all, when=when))
        for year, when in damage.FAR.items()
    ),
    Fault("left-overs of killed processes", leave),
]
