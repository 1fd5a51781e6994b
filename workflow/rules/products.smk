"""The products of the study: what each is to be made of, and whether it is that."""

import atexit
import os
import secrets
import shutil
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from cradl import records, store
from cradl.datasets import check_first
from cradl.faults import RowFault
from cradl.results import duration
from cradl.results.space import expected_bytes

# The input of jobs that make anew what is there: newer than that, whatever the clock has said.
AGAIN = f"{RESULTS}/{records.FOLDER}/again"
# Where things go that nobody can vouch for: edited by hand, damaged, of an older version.
SET_ASIDE = f"{RESULTS}/set_aside"
# Whoever only looks does not wait until all bytes are read.
LOOKS_ONLY = bool(
    {"-n", "--dry-run", "--dryrun", "--lint", "--list-rules", "--unlock", "--dag"}
    & {*sys.argv}
)
# Every product of the study, by its path in RESULTS: what it is to be made of.
PRODUCTS = {}


def promise(*products, source, settings=None, inputs=()):
    """Say what products are to be made of: settings, code, and other products."""
    of_inputs = {name: PRODUCTS[name][:2] for name in inputs}
    config = records.digest({"settings": settings, "inputs": of_inputs})
    made = records.Made(config, source, tuple(sorted(inputs)))
    PRODUCTS.update(dict.fromkeys(products, made))


def made(*products):
    """Return what products are to be made of, as a parameter of their job."""
    return {name: tuple(PRODUCTS[name]) for name in products if name in PRODUCTS}


def promised():
    """Return the products that a complete study has."""
    return [name for name in PRODUCTS if not name.startswith(f"{records.PARTS}/")]


def products(folder, names, suffix="nc"):
    """Return the paths of products in RESULTS."""
    return [f"{folder}/{name}.{suffix}" for name in names]


def inputs(given, of):
    """Return products as the inputs of a job that makes others.

    If those are there as the study wants them, nothing that happens to an input makes the job run.
    """
    current = all(state_of(one) is records.State.CURRENT for one in of)
    paths = [f"{RESULTS}/{one}" for one in given]
    return [ancient(one) for one in paths] if current else paths


def state_of(product):
    """Return how a product stands to what the study wants."""
    path = Path(RESULTS, product)
    # A file of tomorrow would be newer than what is made from it today.
    if path.is_file() and path.stat().st_mtime > time.time():
        os.utime(path)
    return records.state(
        Path(RESULTS), product, PRODUCTS.get(product), trust=LOOKS_ONLY
    )


def again(*products):
    """Return an input that is newer than products which are not as the study wants them.

    It makes Snakemake run their job. The times of all other inputs count for nothing.
    """
    if not workflow.is_main_process:
        return []
    wanted = {records.State.CURRENT, records.State.ABSENT}
    stale = [one for one in products if state_of(one) not in wanted]
    if not stale:
        return []
    # A results folder that nobody may write fails later, when a job is to write there.
    with suppress(OSError):
        # Snakemake passes over an input that has the content of last time.
        store.write_text(AGAIN, secrets.token_hex())
        for one in stale:
            os.utime(f"{RESULTS}/{one}", (1, 1))
    return [AGAIN]


def check_space():
    """Refuse a study for whose results the disk has no room, before any job."""
    place = Path(RESULTS)
    while not place.exists():
        place = place.parent
    wanted = {records.State.CURRENT}
    missing = [one for one in promised() if state_of(one) not in wanted]
    needed, free = expected_bytes(STUDY, missing), shutil.disk_usage(place).free
    if workflow.is_main_process and not LOOKS_ONLY and missing and needed > free:
        refuse(
            f"need about {needed / 1e9:.2g} GB for {RESULTS}, got {free / 1e9:.2g} GB free on its "
            "disk: make room, link results to another disk, or ask for fewer trials or iterations"
        )


def tell_stale():
    """Say which products are not what they should be, and what becomes of them."""
    looked_at = PRODUCTS if workflow.is_main_process else ()
    unknown, altered = (
        [one for one in looked_at if state_of(one) is state]
        for state in (records.State.UNRECORDED, records.State.ALTERED)
    )
    if unknown and not records.recorded(Path(RESULTS)):
        sys.stderr.write(
            f"{RESULTS} has no records of what is in it: cradl 0.1.0 made it, or it was copied "
            f"without them. All is made anew; what is there goes to {SET_ASIDE}.\n"
        )
    elif unknown:
        tell_each(unknown, "no record of what it is")
    if altered:
        tell_each(altered, "other bytes than those that were written")
    for state in (records.State.CODE, records.State.SETTINGS, records.State.INPUTS):
        stale = [one for one in looked_at if state_of(one) is state]
        if stale:
            sys.stderr.write(
                f"{RESULTS}: {len(stale)} files were {state.value}, {stale[0]} first: they are "
                "made anew.\n"
            )


def tell_each(products, what):
    """Tell of products that are made anew, and where they go."""
    for product in products:
        sys.stderr.write(
            f"{RESULTS}/{product} has {what}: it is made anew, and goes to {SET_ASIDE}.\n"
        )


def set_aside():
    """Move away what cannot be vouched for before it is made anew, and what killed jobs left."""
    for product in PRODUCTS:
        path = Path(RESULTS, product)
        if state_of(product) in (records.State.UNRECORDED, records.State.ALTERED):
            target = Path(SET_ASIDE, product)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
        elif state_of(product) is records.State.CURRENT:
            # Parts of a run that is whole: their jobs have outlived Snakemake.
            for part in path.parent.glob(f"parts/{path.stem}/*.nc"):
                part.unlink()
    for path in records.leftovers(Path(RESULTS)):
        path.unlink(missing_ok=True)


def withdraw_report():
    """Delete a report that is to be written again: what it says is no longer so."""
    coming = {str(file) for job in workflow.dag.needrun_jobs() for file in job.output}
    others = {records.State.CODE, records.State.SETTINGS, records.State.INPUTS}
    # What is made anew as it was leaves the report true.
    changing = {f"{RESULTS}/{one}" for one in PRODUCTS if state_of(one) in others}
    shown = changing & {*map(str, rules.report.input)}
    if coming & {*shown, *map(str, rules.report.output)} and not workflow.touch:
        for file in rules.report.output:
            Path(file).unlink(missing_ok=True)
        for product in WRITTEN:
            records.place(Path(RESULTS), product).unlink(missing_ok=True)


def tell_inputs_changed():
    """Say what was made from other bytes than those that are there now."""
    folder = Path(RESULTS)
    found = [
        one
        for one, made in PRODUCTS.items()
        if records.state(folder, one, made, trust=True) is records.State.INPUTS
    ]
    if found:
        sys.stderr.write(
            f"{len(found)} files, {RESULTS}/{found[0]} first, were made from others than those "
            "that are there now: run the same command once more.\n"
        )


def tell_in_the_end():
    """Name the report and the study's first figure, after all that Snakemake says."""
    if workflow.is_main_process and not LOOKS_ONLY:
        atexit.register(tell_where_it_is)


def tell_where_it_is():
    """Name the report and the study's first figure, if the study is complete."""
    folder = Path(RESULTS)
    states = {
        records.state(folder, one, PRODUCTS[one], trust=True) for one in promised()
    }
    if states == {records.State.CURRENT}:
        first = [f"figures/{name}.png" for name in STUDY.figures][:1]
        for shown in ("report/index.html", *first):
            sys.stderr.write(f"Open {RESULTS}/{shown}\n")


def remove_places_of_parts():
    """Delete the folders in which the records of parts were: their jobs have deleted those."""
    top = Path(RESULTS, records.FOLDER, records.PARTS)
    for place in [*sorted(top.rglob("*"), reverse=True), top]:
        # One that still holds a record stays.
        with suppress(OSError):
            place.rmdir()


def tell_duration():
    """Say about how long the jobs take that are needed."""
    jobs = [one for one in workflow.dag.needrun_jobs() if one.rule.name != "all"]
    simulating = [one for one in jobs if one.rule.name in ("simulate", "simulate_part")]
    if not jobs or workflow.touch:
        return
    places = [
        (one.wildcards.experiment, one.wildcards.get("part")) for one in simulating
    ]
    told = duration.told(
        STUDY,
        duration.simulations_of(STUDY, places),
        len(jobs) - len(simulating),
        cores=CORES,
        slowness=duration.slowness(STUDY, Path(RESULTS, "benchmarks")),
    )
    sys.stderr.write(f"{told}\n")


def check_own_data():
    """Refuse a user's data that are not what the study says of them, before any job.

    Data that are there as the study wants them were looked at when they were drawn.
    """
    for name, request in DATASET_REQUESTS.items() if workflow.is_main_process else ():
        if state_of(f"dataset/{name}.nc") is records.State.CURRENT:
            continue
        try:
            check_first(**request)
        except RowFault as fault:
            refuse(f"{STUDY_FILE}: datasets.{name}: {fault}")
