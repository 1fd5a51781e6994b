"""A table of leaderboards, small enough to read."""

import math

import pandas as pd

BOARDS = pd.DataFrame(
    {
        "leaderboard": ["rules", "rules", "rules", "two_rules", "two_rules"],
        "says": [*["Which rule?"] * 3, *["Which of two & more?"] * 2],
        "quantity": "excess_loss",
        "unit": "log10",
        "contestants": [3, 3, 3, 2, 2],
        "tasks": [9, 9, 9, 4, 4],
        "chi2": [14.0, 14.0, 14.0, 1.0, 1.0],
        "p": [0.001, 0.001, 0.001, 0.3, 0.3],
        "level": 0.95,
        "critical difference": [1.105, 1.105, 1.105, 0.98, 0.98],
        "place": [1, 2, 3, 1, 2],
        "contestant": ["CRA-DL (median), r = 4", "MA", "RBA-DL (Krum)", "A_1", "B"],
        "mean rank": [1.25, 2.0, 2.75, 1.25, 1.75],
        "wins": [8, 1, 0, 3, 1],
        "diverged": [0, 2, 0, 0, 0],
        "cliques": ["1", "1 2", "2", "1", "1"],
        "over the first": [0.0, 0.5, 1.25, 0.0, math.inf],
        "over the first lower": [0.0, 0.25, 1.0, 0.0, math.nan],
        "over the first upper": [0.0, 0.75, 1.5, 0.0, math.inf],
        "worst attack": ["", "gaussian variance 9", "mimic", "", "mimic"],
        "over the best under it": [0.0, 2.5, 1.75, 0.0, math.inf],
        "worst task": ["", "gaussian variance 9", "mimic", "", "mimic"],
        "over the best in it": [0.0, 2.5, 1.75, 0.0, math.inf],
    }
)
"""As ``verify/leaderboards.csv``: two leaderboards."""
