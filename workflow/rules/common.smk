"""The study, checked as a whole before any job starts, and what every rule needs of it."""

import ast
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path

from cradl import records, store
from cradl.config.assumptions import assumptions
from cradl.config.resolving import load_study
from cradl.datasets import check_first
from cradl.foreign import RowFault
from cradl.methods import METHODS
from cradl.results.outcomes import steps
from cradl.results.space import expected_bytes
from cradl.provenance import closure, source_hash
from cradl.config.findings import StudyError
from cradl.config.keys import SHARED, Schedule
from paper_figures.report import shown
from snakemake.exceptions import WorkflowError

PROJECT = Path(workflow.basedir).resolve()
SCRIPTS = PROJECT / "workflow" / "scripts"
FIGURE_FORMATS = ("pdf", "svg", "png")
PACKAGES = ("cradl", "theory", "paper_figures")
# Of a file that rules name, Snakemake takes what stands in braces for a wildcard, also in the names
# of the folders above.
BRACES = str.maketrans({"{": "{{", "}": "}}"})
ENVIRONMENT = str(PROJECT / "environment.yml").translate(BRACES)
# Relative: the braces in a folder's name would be wildcards.
GALLERY = os.path.relpath(PROJECT / "docs" / "gallery")

# One thread for each process: jobs share the cores, and sums do not depend on how many there are.
os.environ.update(
    dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")
)

# Snakemake imports the packages beside the Snakefile, and those are hashed. Scripts run the same
# ones, whichever copy of the project is installed.
search_path = [str(PROJECT), os.getenv("PYTHONPATH", "")]
os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, search_path)))


def require_installed():
    """Refuse to begin where every job would fail at its end, for want of the project's version."""
    try:
        version("cradl")
    except PackageNotFoundError:
        raise WorkflowError(
            f"need cradl installed for {sys.executable}, got its folder alone: run "
            "`pip install --no-deps --no-build-isolation -e .` here"
        ) from None


def cores():
    """Return how many cores one job may take; four if jobs run elsewhere, on machines unknown."""
    try:
        return workflow.cores
    except WorkflowError:
        return 4


def drawings():
    """Return the modules of paper_figures/figures, each with what `draw` takes besides the data."""
    package, found = PROJECT / "paper_figures", {}
    # Where figures stood before.
    for path in package.glob("[!_]*.py"):
        raise WorkflowError(
            f"need kinds of figures in paper_figures/figures, got {path}: move it there, and let "
            "it import style and panels from paper_figures.drawing"
        )
    for path in sorted((package / "figures").glob("[!_]*.py")):
        functions = (
            node
            for node in ast.parse(path.read_text("utf-8")).body
            if isinstance(node, ast.FunctionDef) and node.name == "draw"
        )
        draw = next(functions, None)
        if draw is None:
            raise WorkflowError(f"need a function draw(data, ...) in {path}, got none")
        _, *options = [*draw.args.args, *draw.args.kwonlyargs]
        found[path.stem] = [one.arg for one in options]
    return found


def study_file():
    """Return the study that the command line names, or the paper's."""
    given = workflow.config_settings.configfiles
    if len(given) > 1:
        names = ", ".join(str(path) for path in given)
        raise WorkflowError(
            f"need one study with --configfile, got {len(given)}: {names}"
        )
    return given[0] if given else PROJECT / "config" / "paper.yaml"


def tell_undrawable():
    """Say which letters of titles and labels figures draw as boxes, for want of them in the font."""
    texts = {}
    for name, experiment in STUDY.experiments.items():
        texts[f"experiments.{name}: the title"] = experiment.title
        texts |= {
            f"experiments.{name}: the label of curve {place}": curve.label
            for place, curve in enumerate(experiment.curves)
        }
    others = {
        place: text
        for place, text in texts.items()
        if any(ord(one) >= 0x250 and not 0x370 <= ord(one) < 0x400 for one in text)
    }
    if not others or not workflow.is_main_process:
        return
    # Matplotlib is waited for only where the question arises.
    from paper_figures.drawing.glyphs import missing

    for place, text in others.items():
        if letters := missing(text):
            sys.stderr.write(
                f"{place} has letters that the figures' font lacks, and that they draw as boxes: "
                f"{letters}. Tables and the report have them; write another title or label.\n"
            )


def the_study():
    """Load the study."""
    try:
        return load_study(
            STUDY_FILE,
            overrides=workflow.config_settings.config,
            drawings=DRAWINGS,
        )
    except StudyError as error:
        raise WorkflowError(str(error)) from error


def check_own_data():
    """Refuse a user's data that are not what the study says of them, before any job."""
    for name, request in DATASET_REQUESTS.items() if workflow.is_main_process else ():
        try:
            check_first(**request)
        except RowFault as fault:
            raise WorkflowError(f"{STUDY_FILE}: datasets.{name}: {fault}") from None


require_installed()
CORES = cores()
DRAWINGS = drawings()
STUDY_FILE = study_file()
STUDY = the_study()
RESULTS = f"results/{STUDY.name}"
STEPS = steps(STUDY)
# The input of jobs that make anew what is there: newer than that, whatever the clock has said.
AGAIN = f"{RESULTS}/{records.FOLDER}/again"
# Where things go that nobody can vouch for: edited by hand, damaged, of an older version.
SET_ASIDE = f"{RESULTS}/set_aside"
# Whoever only looks does not wait until all bytes are read.
LOOKS_ONLY = bool(
    {"-n", "--dry-run", "--dryrun", "--lint", "--list-rules", "--unlock", "--dag"}
    & {*sys.argv}
)
DATASET_REQUESTS = {name: STUDY.dataset_request(name) for name in STUDY.datasets}
ALLOCATION_REQUESTS = STUDY.allocation_requests()
check_own_data()
# The experiments with a code that recovers the gradient exactly.
EXACT = [
    name
    for name, experiment in STUDY.experiments.items()
    if any(METHODS[curve.method].replication is not None for curve in experiment.curves)
]
# The rules that servers apply.
APPLIED = sorted(
    {curve.aggregator for _, curve in STUDY.curves() if METHODS[curve.method].uses_rule}
)


def code_hash(script, *modules):
    """Hash a script with all that it imports, so that an edit reruns its jobs.

    The study's plugins count for scripts that run them.
    """
    files = [SCRIPTS / script, *(PROJECT / module for module in modules)]
    if PROJECT / "cradl" / "config" / "plugins.py" in closure(PROJECT, files, PACKAGES):
        files += STUDY.sources.files
        return source_hash(PROJECT, files, PACKAGES, STUDY.sources.versions)
    return source_hash(PROJECT, files, PACKAGES)


def shared(name, *modules):
    """Return where all studies keep what depends on these modules alone."""
    source = source_hash(PROJECT, [PROJECT / one for one in modules], PACKAGES)
    return f"results/{SHARED}/{name}-{source[:12]}.csv"


# Where the study's plugins are: no parameter, because their content is hashed and not their place.
config["plugin_files"] = list(STUDY.plugins)
config["results_folder"] = RESULTS
DRAWN_BY = {name: code_hash(f"{name}.py") for name in ("dataset", "allocate")}
SIMULATE_CODE = code_hash("simulate.py")
BOUNDS_CODE = code_hash("bounds.py")
SHARPENED_CODE = code_hash("sharpened.py")
# Of what computes the spreads, and of what draws that which they are computed from.
SPREADS_CODE = code_hash(
    "dataset.py", "workflow/scripts/allocate.py", "cradl/engine/bound_inputs.py"
)


def drawing_hash(draw):
    """Hash what decides how a figure looks: its script, its module and those it imports."""
    files = [
        SCRIPTS / "figures.py",
        PROJECT / "paper_figures" / "figures" / f"{draw}.py",
    ]
    return source_hash(PROJECT, files, ["paper_figures"])


@cache
def draws_of(experiment):
    """Return what the data and allocations of an experiment are drawn from, and by which code.

    Its results depend on that, and not on when the stores were written.
    """
    curves = STUDY.experiments[experiment].curves
    return {
        "dataset": {
            one.dataset: STUDY.datasets[one.dataset].model_dump() for one in curves
        },
        "allocate": {one.allocation_id: one.allocation for one in curves},
        **{f"{folder}_code": code for folder, code in DRAWN_BY.items()},
    }


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


@cache
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
        raise WorkflowError(
            f"need about {needed / 1e9:.2g} GB for {RESULTS}, got {free / 1e9:.2g} GB free on its "
            "disk: make room, link results to another disk, or ask for fewer trials or iterations"
        )


def tell_stale():
    """Say which products are not what they should be, and what becomes of them."""
    found = {}
    for product in PRODUCTS if workflow.is_main_process else ():
        found.setdefault(state_of(product), []).append(product)
    unknown, altered = (
        found.get(one, []) for one in (records.State.UNRECORDED, records.State.ALTERED)
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
    for path in records.leftovers(Path(RESULTS)):
        path.unlink(missing_ok=True)


def datasets_of(experiment):
    """Return the data sets that an experiment uses."""
    curves = STUDY.experiments[experiment].curves
    return products("dataset", sorted({one.dataset for one in curves}))


def allocations_of(experiment):
    """Return the allocations that an experiment uses."""
    curves = STUDY.experiments[experiment].curves
    return products("allocate", sorted({one.allocation_id for one in curves}))


def steps_of(experiment):
    """Return the fixed learning rates of an experiment."""
    return [tuple(one) for one in STEPS if one.experiment == experiment]


@cache
def scheduled(experiment):
    """Return the experiment if a theorem sets any of its learning rates, as a list."""
    curves = STUDY.experiments[experiment].curves
    return (
        [experiment]
        if any(isinstance(one.step_size, Schedule) for one in curves)
        else []
    )


def in_parts(experiment):
    """Tell whether the trials of an experiment are split into jobs."""
    return len(STUDY.experiments[experiment].parts()) > 1


def work_of(experiment):
    """Return about how long an experiment takes: the numbers that its devices add up."""
    one = STUDY.experiments[experiment]
    per_iteration = (
        curve.N * (curve.r + 100) * STUDY.datasets[curve.dataset].parameters["D"]
        for curve in one.curves
    )
    return one.trials * (one.T + 1) * sum(per_iteration)


def one_of(names):
    """Return the pattern that matches these names alone."""
    return "|".join(names) or "(?!)"


def drawn_by(draw):
    """Return the figures that a module draws."""
    return {name: one for name, one in STUDY.figures.items() if one.draw == draw}


def panels_of(figures):
    """Return the experiments that some figures draw."""
    return list(
        dict.fromkeys(name for one in figures.values() for name in one.experiments)
    )


@cache
def settings_of(experiment):
    """Return what an experiment's results depend on; how it is split is not part of that."""
    return STUDY.experiments[experiment].model_dump(mode="json", exclude={"chunks"})


def withdraw_report():
    """Delete a report that is to be written again: what it says is no longer so."""
    coming = {str(file) for job in workflow.dag.needrun_jobs() for file in job.output}
    if coming & {*map(str, rules.report.output)} and not workflow.touch:
        for file in rules.report.output:
            Path(file).unlink(missing_ok=True)


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


def report_what_there_is():
    """Write the report of a run that failed, where it was to be written at all."""
    left = {str(file) for job in workflow.dag.needrun_jobs() for file in job.output}
    if f"{REPORT}/index.html" in left:
        subprocess.run(
            [sys.executable, SCRIPTS / "incomplete_report.py"],
            input=json.dumps(REPORTED | {"missing": sorted(left)}),
            text=True,
            check=False,
        )


wildcard_constraints:
    experiment=one_of(STUDY.experiments),
    part=r"\d+-\d+",
