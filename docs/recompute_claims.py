"""Recompute every interval of a table of claims: python docs/recompute_claims.py results/paper."""

import json
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.stats
import xarray as xr

folder, wrong = sys.argv[1], 0
read = cache(lambda name: xr.load_dataset(f"{folder}/simulate/{name}.nc", engine="h5netcdf"))
if not Path(f"{folder}/verify/claims.csv").is_file():
    sys.exit(f"need the results of a finished study with claims, got {folder}")
# As texts: no label is taken for a missing value, and numbers are read to their last digit.
table = pd.read_csv(
    f"{folder}/verify/claims.csv", dtype=str, keep_default_na=False, encoding="utf-8"
)
for row in table.itertuples():
    total = 0
    for sign, experiment, label in json.loads(row.terms):
        run = read(experiment).set_index(curve="label").sel(curve=label)
        run = run.sel(iteration=slice(int(row.first_iteration), int(row.last_iteration)))
        run = run.mean("iteration")
        # What is judged, what per cents of it refer to, the part of that which is rounding.
        value, whole, rounding = {
            "excess_loss": lambda run: (run.loss - run.optimal_loss, run.optimal_loss, 1e-12),
            "test_accuracy": lambda run: (run.test_accuracy, 1.0, 0.0),
            "pairwise_distance_sq": lambda run: (
                run.pairwise_distance_sq,
                run.device_norm_sq_mean,
                1e-24,
            ),
            "honest_spread_mean": lambda run: (
                run.honest_spread_mean,
                run.gradient_norm_sq,
                1e-24,
            ),
        }[row.quantity](run)
        if row.unit == "%":
            total += sign * 100 * value / whole
        else:
            total += sign * np.log10(np.maximum(value, rounding * whole))
    interval = scipy.stats.ttest_1samp(total, 0).confidence_interval(float(row.level))
    found = [total.mean(), interval.low, interval.high]
    stated = [float(text or "nan") for text in (row.mean, row.lower, row.upper)]
    wrong += not np.allclose(found, stated, rtol=1e-8, atol=1e-12)
print(f"{len(table) - wrong} of {len(table)} rows agree with their stores")
sys.exit(wrong > 0)
