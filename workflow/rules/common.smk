"""The study, checked as a whole before any job starts, and what every rule needs of it."""

from pathlib import Path

from cradl.loading import load_study
from cradl.provenance import source_hash
from cradl.reading import StudyError
from snakemake.exceptions import WorkflowError

PROJECT = Path(workflow.basedir)
SCRIPTS = PROJECT / "workflow" / "scripts"
FIGURE_FORMATS = ("pdf", "svg", "png")
PACKAGES = ("cradl", "theory", "paper_figures")


def the_study():
    """Load the study that the command line names, or the paper's."""
    given = workflow.config_settings.configfiles
    if len(given) > 1:
        names = ", ".join(str(path) for path in given)
        raise WorkflowError(
            f"need one study with --configfile, got {len(given)}: {names}"
        )
    path = given[0] if given else PROJECT / "config" / "paper.yaml"
    drawings = {module.stem for module in (PROJECT / "paper_figures").glob("*.py")}
    try:
        return load_study(
            path,
            overrides=workflow.config_settings.config,
            drawings=drawings - {"__init__", "panels", "style"},
        )
    except StudyError as error:
        raise WorkflowError(str(error)) from error


STUDY = the_study()
RESULTS = f"results/{STUDY.name}"


def code_hash(script, *modules):
    """Hash a script with all of the project that it imports, so that an edit reruns its jobs."""
    files = [SCRIPTS / script, *(PROJECT / module for module in modules)]
    return source_hash(PROJECT, [*files, *map(Path, STUDY.plugins)], PACKAGES)


wildcard_constraints:
    dataset="|".join(STUDY.datasets),
    experiment="|".join(STUDY.experiments),
    figure="|".join(STUDY.figures),
    part=r"\d+-\d+",
