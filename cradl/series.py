"""The quantities that a run records in every iteration, with their long names and units."""

SERIES = {
    "loss": "F(x^t), training loss",
    "gradient_norm_sq": "squared norm of the gradient of F",
    "step_size": "gamma^t, learning rate",
    "aggregation_error_sq": "squared distance of the update to the honest devices' mean message",
    "honest_spread_max": "largest squared distance of an honest message to their mean (varsigma)",
    "honest_spread_mean": "mean squared distance of the honest messages to their mean",
    "server_gradients": "gradients of subsets that the server computed to decode",
    "rounds": "rounds in which devices sent something, that of the messages included",
    "numbers_received": "numbers that devices sent to the server",
}
DIAGNOSTICS = {
    "pairwise_distance_sq": "largest squared distance between two coded gradients, left of (12)",
    "honest_mean_norm_sq": "squared norm of the honest devices' mean message, left of (16)",
    "mean_error_sq": "squared distance of the honest devices' mean message to grad F / N",
    "device_norm_sq_mean": "mean squared norm of the N coded gradients",
    "device_deviation_sq_mean": "mean squared distance of the N coded gradients to grad F / N",
    "heterogeneity_max_sq": "largest squared distance of a subset's gradient to grad F / M (10)",
    "heterogeneity_mean_sq": "mean squared distance of the subsets' gradients to grad F / M",
}
"""What the theorems speak of; recorded where ``diagnostics`` is set."""

UNITS = {"server_gradients": "gradients", "rounds": "rounds", "numbers_received": "numbers"}
"""Of the quantities that have any; all others have the unit 1."""
