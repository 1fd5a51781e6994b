"""`run` and `load_results`: a study's runs as tables and figures, for a prompt or a notebook.

Above cradl, theory and paper_figures: nothing imports it, and no job runs it.
"""

import dataclasses
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import xarray as xr
from tqdm import tqdm

from cradl import store
from cradl.allocation import allocations
from cradl.config.findings import not_one_of
from cradl.config.keys import Schedule
from cradl.config.model import Experiment, Study
from cradl.config.resolving import load_study
from cradl.datasets import dataset
from cradl.engine.bound_inputs import constants
from cradl.engine.experiment import simulate
from cradl.processes import single_threaded_blas
from cradl.results import frames, loss_table
from cradl.results.statistics import summary
from cradl.results.tabular import TEXTS, read_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclasses.dataclass(frozen=True, repr=False)
class Results:
    """The runs of a study.

    Attributes
    ----------
    name
        The study's.
    experiments
        The title of each experiment that has been run, by its name.
    stores
        The runs of each experiment as `cradl.simulate` returns them; those of a folder are read
        when they are asked for.
    """

    name: str
    experiments: Mapping[str, str]
    stores: Mapping[str, xr.Dataset]
    _losses: Callable[[], pd.DataFrame]
    _place: str

    def frame(
        self, experiment: str | None = None, *, per_trial: bool = False, level: float = 0.95
    ) -> pd.DataFrame:
        """Return runs as a tidy table, of one experiment or of all.

        Parameters
        ----------
        experiment
            Its name; None for all, one below the other.
        per_trial
            One row for each trial, instead of means with intervals.
        level
            Confidence level of the intervals.

        Returns
        -------
        As `cradl.results.frames.frame` or `cradl.results.frames.trials_frame`.

        Raises
        ------
        ValueError
            No such experiment; says which there are.
        """
        names = self.experiments if experiment is None else [self._known(experiment)]
        parts = [
            frames.trials_frame(self.stores[name])
            if per_trial
            else frames.frame(self.stores[name], level=level)
            for name in names
        ]
        return pd.concat(parts, ignore_index=True)

    def losses(self) -> pd.DataFrame:
        """Return early and final losses of every curve with half-widths of their 95% intervals.

        Returns
        -------
        As `cradl.results.loss_table.losses`: the table ``verify/losses.csv`` of a finished study.
        """
        return self._losses()

    def plot(
        self,
        experiment: str,
        kind: Literal["excess_loss", "training_loss", "test_accuracy"] = "excess_loss",
    ) -> "Figure":
        """Draw an experiment as the study's report does.

        Parameters
        ----------
        experiment
            Its name.
        kind
            The module of `paper_figures.figures` that draws it: loss minus its minimum, loss, or
            test accuracy.

        Returns
        -------
        A Matplotlib figure, which a notebook shows.

        Raises
        ------
        ValueError
            No such experiment or kind, or an experiment without test samples; says which there
            are.
        """
        from paper_figures.drawing import style
        from paper_figures.figures import excess_loss, test_accuracy, training_loss

        known = {"excess_loss": excess_loss, "training_loss": training_loss}
        if "test_accuracy" in self.stores[self._known(experiment)]:
            known["test_accuracy"] = test_accuracy
        if kind not in known:
            raise ValueError(_unknown(known, kind))
        with style.applied():
            drawn: Figure = known[kind].draw([summary(self.stores[self._known(experiment)])])

        def png() -> bytes:
            file = io.BytesIO()
            with style.applied():
                drawn.savefig(file, format="png")
            return file.getvalue()

        # A notebook shows the figures that pyplot has made, and this is none.
        drawn._repr_png_ = png  # type: ignore[attr-defined]
        return drawn

    def _known(self, experiment: str) -> str:
        if experiment not in self.experiments:
            raise ValueError(_unknown(self.experiments, experiment))
        return experiment

    def __repr__(self) -> str:
        """Say which experiments there are, and where they come from."""
        width = max(map(len, self.experiments))
        lines = [f"  {name:{width}}  {title}" for name, title in self.experiments.items()]
        count = f"{len(lines)} experiment{'s' if len(lines) > 1 else ''}"
        return "\n".join([f"Results of {self.name}: {count}, {self._place}", *lines])


def load_results(path: str | Path) -> Results:
    """Return the runs that are in the folder of a study's results.

    Parameters
    ----------
    path
        The folder ``results/<study>``.

    Raises
    ------
    FileNotFoundError
        No such folder, or one without runs; says what is there.
    """
    folder = Path(path)
    if not folder.is_dir():
        beside = [one.name for one in folder.parent.glob("*") if (one / "simulate").is_dir()]
        needed, given = not_one_of(beside, folder.name)
        raise FileNotFoundError(f"need {needed} in {folder.parent}, got {given}")
    paths = {one.stem: str(one) for one in sorted((folder / "simulate").glob("[!.]*.nc"))}
    if not paths:
        raise FileNotFoundError(
            f"need the folder of a study that has run, such as results/paper, got {folder} "
            "without runs: run it with snakemake --configfile"
        )
    losses = folder / "verify" / "losses.csv"

    def table() -> pd.DataFrame:
        if not losses.is_file():
            raise FileNotFoundError(f"need a study that has run to its end, got no {losses}")
        return read_table(losses)

    titles = {name: _title(one) for name, one in paths.items()}
    finished = (folder / "report" / "index.html").is_file()
    place = f"in {folder}" if finished else f"in {folder}, which has not run to its end"
    return Results(folder.resolve().name, titles, store.Stores(paths), table, place)


def run(
    path: str | Path,
    *,
    only: str | Sequence[str] | None = None,
    trials: int | None = None,
    processes: int = 1,
) -> Results:
    """Run a small study in memory: the same numbers as those of the workflow, and no files.

    Parameters
    ----------
    path
        The study, a YAML file.
    only
        Experiments that are run; None for those that the study says.
    trials
        Replaces the study's number of trials.
    processes
        How many share the trials of an experiment. No result depends on it.

    Raises
    ------
    cradl.config.findings.StudyError
        With all that is wrong with the study.
    ValueError
        An experiment that cannot run; says why.
    """
    chosen = [only] if isinstance(only, str) else only
    given = {"only": None if chosen is None else [*chosen], "trials": trials}
    overrides = {key: one for key, one in given.items() if one is not None}
    study = load_study(path, overrides=overrides)
    with single_threaded_blas():
        stores = _stores(study, processes)

    def table() -> pd.DataFrame:
        found = loss_table.losses(stores.values(), times=study.early, last=study.plateau)
        # As those of a file are.
        return found.astype(dict.fromkeys(TEXTS["losses"], object))

    titles = {name: one.title for name, one in study.experiments.items()}
    return Results(study.name, titles, stores, table, "in memory")


def _stores(study: Study, processes: int) -> dict[str, xr.Dataset]:
    """Draw and simulate all of a study."""
    data = {name: dataset(**study.dataset_request(name)) for name in study.datasets}
    held = {name: allocations(**one) for name, one in study.allocation_requests().items()}
    bar = tqdm(study.experiments.items(), study.name, unit="experiment", disable=None)
    return {
        name: simulate(
            one,
            data,
            held,
            trials=range(one.trials),
            step_sizes=_step_sizes(one, data, held),
            processes=processes,
        )
        for name, one in bar
    }


def _step_sizes(
    experiment: Experiment,
    data: Mapping[str, xr.Dataset],
    held: Mapping[str, xr.Dataset],
) -> xr.DataArray | None:
    """Return the learning rates of an experiment if a theorem sets any of them."""
    if not any(isinstance(one.step_size, Schedule) for one in experiment.curves):
        return None
    from theory.runs.hypotheses import regime

    return regime(constants(experiment, data, held), T=experiment.T)["step_size"]


def _title(path: str) -> str:
    return str(store.attributes(path).get("title", ""))


def _unknown(names: Any, given: str) -> str:
    return "need {}, got {}".format(*not_one_of(names, given))
