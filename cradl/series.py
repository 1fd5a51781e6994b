"""The variables of the stores of runs, with their dimensions, long names and units."""

from cradl.labelled import Variable

_SERIES = ("curve", "trial", "iteration")
_RUN = ("curve", "trial")

SERIES = {
    "loss": Variable(_SERIES, "F(x^t), training loss"),
    "gradient_norm_sq": Variable(_SERIES, "squared norm of the gradient of F"),
    "step_size": Variable(_SERIES, "gamma^t, learning rate"),
    "aggregation_error_sq": Variable(
        _SERIES, "squared distance of the update to the honest devices' mean message"
    ),
    "honest_spread_max": Variable(
        _SERIES, "largest squared distance of an honest message to their mean (varsigma)"
    ),
    "honest_spread_mean": Variable(
        _SERIES, "mean squared distance of the honest messages to their mean"
    ),
    "server_gradients": Variable(
        _SERIES, "gradients of subsets that the server computed to decode", "gradients"
    ),
    "rounds": Variable(
        _SERIES, "rounds in which devices sent something, that of the messages included", "rounds"
    ),
    "numbers_received": Variable(_SERIES, "numbers that devices sent to the server", "numbers"),
}
"""Recorded in every iteration of every run."""

DIAGNOSTICS = {
    "pairwise_distance_sq": Variable(
        _SERIES, "largest squared distance between two coded gradients, left of (12)"
    ),
    "honest_mean_norm_sq": Variable(
        _SERIES, "squared norm of the honest devices' mean message, left of (16)"
    ),
    "mean_error_sq": Variable(
        _SERIES, "squared distance of the honest devices' mean message to grad F / N"
    ),
    "device_norm_sq_mean": Variable(_SERIES, "mean squared norm of the N coded gradients"),
    "device_deviation_sq_mean": Variable(
        _SERIES, "mean squared distance of the N coded gradients to grad F / N"
    ),
    "heterogeneity_max_sq": Variable(
        _SERIES, "largest squared distance of a subset's gradient to grad F / M (10)"
    ),
    "heterogeneity_mean_sq": Variable(
        _SERIES, "mean squared distance of the subsets' gradients to grad F / M"
    ),
}
"""The quantities of the theorems; recorded if ``diagnostics`` is set."""

TESTED = {
    "test_accuracy": Variable(
        _SERIES, "share of the test samples that x^t classifies rightly; 0 once diverged"
    ),
}
"""Recorded if the data of a curve have test samples; NaN for curves beside it without."""

OF_RUNS = {
    "optimal_loss": Variable(_RUN, "F*, minimum of the training loss, or a lower bound"),
    "diverged_at": Variable(_RUN, "first iteration that is not finite, -1 for none", "iterations"),
    "final_iterate": Variable((*_RUN, "feature"), "x^(T+1), the trained model"),
}
"""Recorded once per run."""

RECORDS = {
    "messages": Variable(
        (*_SERIES, "device", "feature"), "what each device sent to the server, lies included"
    ),
    "byzantine": Variable((*_SERIES, "device"), "1 where the device lied"),
    "update": Variable((*_SERIES, "feature"), "what the server decided, eq. (6)"),
    "gradient": Variable((*_SERIES, "feature"), "gradient of F at x^t"),
    "S": Variable(
        (*_RUN, "device", "subset"), "allocation matrix: 1 where the device holds the subset"
    ),
}
"""Recorded if ``messages`` is set."""

_CURVE, _TRIAL = ("curve",), ("trial",)

CURVES = {
    "label": Variable(_CURVE, "name of the curve in legends", ""),
    "variant": Variable(_CURVE, "in what it differs from curves of the same method and rule", ""),
    "method": Variable(_CURVE, "row of METHODS", ""),
    "aggregator": Variable(_CURVE, "row of RULES", ""),
    "pre_aggregation": Variable(_CURVE, "row of PRE_AGGREGATIONS", ""),
    "pre_aggregation_parameters": Variable(_CURVE, "parameters of the pre-aggregation, JSON", ""),
    "alpha": Variable(_CURVE, "fraction of Byzantine devices"),
    "f": Variable(_CURVE, "Byzantine devices in each iteration"),
    "tolerated": Variable(_CURVE, "Byzantine devices the server's rule is set for"),
    "identities": Variable(
        _CURVE, "whether Byzantine devices are redrawn in every iteration or persist", ""
    ),
    "N": Variable(_CURVE, "devices"),
    "M": Variable(_CURVE, "subsets of the data"),
    "r": Variable(_CURVE, "subsets on each device"),
    "allocation": Variable(_CURVE, "row of ALLOCATIONS", ""),
    "uncovered": Variable(_CURVE, "what subsets on no device do", ""),
    "dataset": Variable(_CURVE, "name of the data set", ""),
    "sigma_h": Variable(_CURVE, "heterogeneity, a standard deviation"),
    "start": Variable(_CURVE, "start point", ""),
    "attack": Variable(_CURVE, "row of ATTACKS", ""),
    "attack_parameters": Variable(_CURVE, "parameters of the attack, JSON", ""),
    "problem": Variable(_CURVE, "row of PROBLEMS", ""),
}
"""Coordinates of the curves."""

TRIALS = {
    "trial": Variable(_TRIAL, "Monte-Carlo trial"),
    "data_draw": Variable(_TRIAL, "draw of the data set"),
    "allocation_draw": Variable(_TRIAL, "draw of the allocation"),
    "attack_draw": Variable(_TRIAL, "draw of the attack's randomness"),
}
"""Coordinates of the trials."""

ITERATION = {"iteration": Variable(("iteration",), "iteration t")}

EARLY = (5, 10)
"""Iterations at which losses are tabulated unless a study's `decision` says which."""
PLATEAU = 20
"""Last iterations whose mean is the plateau unless a study's `decision` says how many."""
