"""Rank the contestants of the leaderboards of a study."""

from jobs import job

from cradl import store
from cradl.config.model import Leaderboard
from cradl.results.leaderboard import RANKED, leaderboards
from cradl.results.tabular import csv_of

with job(snakemake, "leaderboards") as running:
    boards = [
        Leaderboard.model_validate_json(store.as_json(one)) for one in snakemake.params.boards
    ]
    # One by one: all the runs of a benchmark do not fit into memory.
    runs = (store.read(path, only=RANKED) for path in snakemake.input.runs)
    table, tasks = leaderboards(boards, runs)
    running.log.info("contestants: %d", len(table))
    store.write_text(snakemake.output.csv, csv_of(table))
    store.write_text(snakemake.output.tasks, csv_of(tasks))
