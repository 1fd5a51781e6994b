"""Draw the figures of one kind, each in every format, and write the numbers that they show."""

import json
from pathlib import Path

from jobs import job
from matplotlib.figure import Figure

from cradl import store
from cradl.config.plugins import require_plugins
from cradl.results.statistics import SUMMARISED, left_sides, plateau_excess, summary
from cradl.results.tabular import csv_of, read_table
from paper_figures import kinds
from paper_figures.drawing import overlay, style
from paper_figures.drawing.values import values

with job(snakemake, f"figures of {snakemake.params.draw}") as running:
    if snakemake.config["style"]:
        style.overlay(overlay.read(snakemake.config["style"]))
    if snakemake.params.draw not in kinds.own():
        require_plugins(snakemake.config["figure_plugins"])
    draw = kinds.drawing(snakemake.params.draw)
    takes, last = snakemake.params.takes, snakemake.params.plateau
    # Of each run, by the name of the argument, what figures draw; the run itself is not kept.
    runs = {"data": {}, "left_sides": {}, "plateaus": {}}
    for path in snakemake.input.runs:
        run, name = store.read(path, only=SUMMARISED), Path(path).stem
        runs["data"][name] = summary(run, last=last)
        if "left_sides" in takes:
            runs["left_sides"][name] = left_sides(run)
        if "plateaus" in takes:
            runs["plateaus"][name] = plateau_excess(run, last=min(last, run.sizes["iteration"]))
    for taken in ("bounds", "sharpened"):
        paths = {Path(path).stem: path for path in snakemake.input[taken]}
        runs[taken] = store.read_all(paths)
    whole = {}
    if "counterexamples" in takes:
        text = Path(snakemake.input.counterexamples[0]).read_text("utf-8")
        whole["counterexamples"] = json.loads(text)
    if "thresholds" in takes:
        whole["thresholds"] = store.read(snakemake.input.thresholds[0])
    boards = {}
    for path in snakemake.input.leaderboards:
        boards = {str(name): rows for name, rows in read_table(path).groupby("leaderboard")}

    failed = []
    for name, one in snakemake.params.figures.items():
        panels = {
            taken: {each: runs[taken][each] for each in one["experiments"]}
            for taken in runs
            if taken in takes
        }
        data = [runs["data"][each] for each in one["experiments"]]
        board = {"leaderboard": boards[one["leaderboard"]]} if one["leaderboard"] else {}
        # One figure that fails does not keep the others from being drawn, or from failing too.
        try:
            with style.applied():
                figure = draw(data, **panels, **whole, **board, **one["options"])
            if not isinstance(figure, Figure):
                raise TypeError(f"need a Figure of Matplotlib from draw, got {figure!r}")
            for path in map(Path, snakemake.output):
                if path.stem == name and path.suffix == ".csv":
                    store.write_text(path, csv_of(values(figure)))
                elif path.stem == name:
                    with store.replacing(path) as temporary:
                        style.save(figure, temporary, title=name)
        except Exception:
            running.log.exception("failed: %s", name)
            failed.append(name)
    if failed:
        raise RuntimeError(f"could not draw {', '.join(failed)}: their errors are above")
