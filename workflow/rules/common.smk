"""The study, checked as a whole before any job starts, and what every rule needs of it."""

import json
import os
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path

from cradl import records, store
from cradl.config.assumptions import assumptions, in_force
from cradl.config.resolving import load_study
from cradl.methods import METHODS
from cradl.results.outcomes import steps
from cradl.provenance import closure, source_hash
from cradl.config.findings import StudyError
from cradl.config.keys import SHARED, Schedule
from paper_figures import kinds
from paper_figures.report import shown
from paper_figures.report.groups import groups
from snakemake.exceptions import WorkflowError

PROJECT = Path(workflow.basedir).resolve()
SCRIPTS = PROJECT / "workflow" / "scripts"
FIGURE_FORMATS = ("pdf", "svg", "png", "csv")
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


def refuse(text):
    """End before any job with what is wrong, without Snakemake's lines on where its rules are."""
    sys.stderr.write(f"{text}\n")
    raise SystemExit(1)


def require_installed():
    """Refuse to begin where every job would fail at its end, for want of the project's version."""
    try:
        version("cradl")
    except PackageNotFoundError:
        refuse(
            f"need cradl installed for {sys.executable}, got its folder alone: run "
            "`pip install --no-deps --no-build-isolation -e .` here"
        )


def cores():
    """Return how many cores one job may take; four if jobs run elsewhere, on machines unknown."""
    try:
        return workflow.cores
    except WorkflowError:
        return 4


def drawings():
    """Return the kinds of figures, each with what `draw` takes besides the data."""
    # Where figures stood before.
    for path in (PROJECT / "paper_figures").glob("[!_]*.py"):
        if path.stem != "kinds":
            refuse(
                f"need kinds of figures in paper_figures/figures, got {path}: move it there, and "
                "let it import style and panels from paper_figures.drawing"
            )
    try:
        kinds.own()
    except ValueError as error:
        refuse(str(error))
    return kinds.Kinds()


def study_file():
    """Return the study that the command line names, or the paper's."""
    given = workflow.config_settings.configfiles
    if len(given) > 1:
        names = ", ".join(str(path) for path in given)
        refuse(f"need one study with --configfile, got {len(given)}: {names}")
    return given[0] if given else PROJECT / "config" / "paper.yaml"


def tell_notes():
    """Say what there is to say of the study's file."""
    for note in STUDY.notes if workflow.is_main_process else ():
        sys.stderr.write(f"{STUDY_FILE}: {note}.\n")


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
        refuse(str(error))


def check_style():
    """Refuse a style file that Matplotlib would refuse in each job."""
    if not STUDY.style or not workflow.is_main_process:
        return
    # Matplotlib is waited for only where the question arises.
    from paper_figures.drawing.overlay import read

    try:
        read(STUDY.style)
    except ValueError as error:
        refuse(f"{STUDY_FILE}: style: {error}")


require_installed()
CORES = cores()
DRAWINGS = drawings()
STUDY_FILE = study_file()
STUDY = the_study()
check_style()
RESULTS = f"results/{STUDY.name}"
STEPS = steps(STUDY)
DATASET_REQUESTS = {name: STUDY.dataset_request(name) for name in STUDY.datasets}
ALLOCATION_REQUESTS = STUDY.allocation_requests()
# The experiments with a code that recovers the gradient exactly.
EXACT = [
    name
    for name, experiment in STUDY.experiments.items()
    if any(METHODS[curve.method].replication is not None for curve in experiment.curves)
]
# The rules that servers apply, with their pre-aggregations.
APPLIED = {
    curve.rule_id: [curve.aggregator, curve.pre_aggregation]
    for _, curve in sorted(STUDY.curves(), key=lambda one: one[1].rule_id)
    if METHODS[curve.method].uses_rule
}


def code_hash(script, *modules):
    """Hash a script with all that it imports, so that an edit reruns its jobs.

    The study's plugins count for scripts that run them, but for those of figures; so do the versions
    of libraries whose rules it names.
    """
    files = [SCRIPTS / script, *(PROJECT / module for module in modules)]
    if PROJECT / "cradl" / "config" / "plugins.py" in closure(PROJECT, files, PACKAGES):
        drawing = STUDY.sources.drawing
        files += [one for one in STUDY.sources.files if one not in drawing]
        return source_hash(PROJECT, files, PACKAGES, STUDY.versions)
    return source_hash(PROJECT, files, PACKAGES)


def shared(name, *modules):
    """Return where all studies keep what depends on these modules alone."""
    source = source_hash(PROJECT, [PROJECT / one for one in modules], PACKAGES)
    return f"results/{SHARED}/{name}-{source[:12]}.csv"


# Where the study's files are: no parameters, because their content is hashed and not their place.
config["plugin_files"] = [
    one for one in STUDY.plugins if Path(one).resolve() not in STUDY.sources.drawing
]
config["figure_plugins"] = list(STUDY.plugins)
config["style"] = STUDY.style
config["data_files"] = STUDY.data_files()
config["results_folder"] = RESULTS
DRAWN_BY = {name: code_hash(f"{name}.py") for name in ("dataset", "allocate")}
SIMULATE_CODE = code_hash("simulate.py")
BOUNDS_CODE = code_hash("bounds.py")
SHARPENED_CODE = code_hash("sharpened.py")
# Of what computes the spreads, and of what draws that which they are computed from.
SPREADS_CODE = code_hash(
    "dataset.py", "workflow/scripts/allocate.py", "cradl/engine/bound_inputs.py"
)


def is_own(draw):
    """Tell whether a kind of figure is a module here, and no plugin's."""
    return draw in kinds.own()


def drawn_from(draw):
    """Return the files that decide how a figure looks: its script, and its module or the plugins."""
    everywhere = [SCRIPTS / "figures.py", *([Path(STUDY.style)] if STUDY.style else [])]
    if not is_own(draw):
        return [*everywhere, *STUDY.sources.files]
    return [*everywhere, PROJECT / "paper_figures" / "figures" / f"{draw}.py"]


def drawing_hash(draw):
    """Hash what decides how a figure looks, with the modules of figures that it imports."""
    return source_hash(PROJECT, drawn_from(draw), ["paper_figures"])


def drawing_code(draw):
    """Hash what decides what a figure shows: all that its script and its module import."""
    versions = () if is_own(draw) else STUDY.sources.versions
    return source_hash(PROJECT, drawn_from(draw), PACKAGES, versions)


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


@cache
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


def run_inputs(used):
    """Return a function of an experiment's products, as inputs of its run or of a part of it.

    Where the run is there, nothing that happens to them makes its parts run.
    """
    return lambda wildcards: inputs(
        used(wildcards.experiment), [f"simulate/{wildcards.experiment}.nc"]
    )


def rates_of(experiment):
    """Return where the learning rates of an experiment are, if a theorem sets any."""
    return products("bounds", scheduled(experiment))


def promise_runs():
    """Say what the runs are to be made of, whole or in parts."""
    for name, experiment in STUDY.experiments.items():
        settings = {"experiment": settings_of(name), "draws": draws_of(name)}
        of = {"source": SIMULATE_CODE, "inputs": rates_of(name)}
        promise(f"simulate/{name}.nc", settings=settings, **of)
        for part, trials in experiment.parts().items() if in_parts(name) else ():
            path = f"simulate/parts/{name}/{part}.nc"
            promise(path, settings=settings | {"trials": trials}, **of)


def plugin_hashes():
    """Return every file of the user's that the study runs or reads, by name, with its SHA-256."""
    files = STUDY.sources.files
    tables = (
        (Path(place).name, digest) for digest, place in STUDY.data_files().items()
    )
    return sorted([*((one.name, records.sha256(one)) for one in files), *tables])


def in_parts(experiment):
    """Tell whether the trials of an experiment are split into jobs."""
    return len(STUDY.experiments[experiment].parts()) > 1


def work_of(experiment):
    """Return about how long an experiment takes: the numbers that its devices add up."""
    one = STUDY.experiments[experiment]
    per_iteration = (
        curve.N * (curve.r + 100) * STUDY.datasets[curve.dataset].dimension
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
