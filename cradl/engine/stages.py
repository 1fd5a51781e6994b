"""The stages of one iteration of Algorithm 1, compiled, and `stretch`, which repeats them.

`cradl.engine.algorithm.step` calls the same stages one by one, with the attack and the decoding of
any row in their places. All vectors of the model's length are padded with zeros to `padded` width.
"""

import math
from typing import NamedTuple

import numpy as np

from cradl.arrays import Floats, Indices, Ints, Matrix
from cradl.numerics.coding import add_rows, add_tabulated
from cradl.numerics.compiled import compiled_reordering
from cradl.numerics.diagnostics import diagnose
from cradl.numerics.kernels import copy_into, squared
from cradl.numerics.selection import (
    BLOCK,
    MEDIAN,
    PHOCAS,
    aggregate_columns,
    aggregate_in_place,
    exchange,
)
from cradl.numerics.slopes import write_slopes
from cradl.numerics.worst_reply import phocas_reply, reply_beyond

SIGN_FLIPPING, GAUSSIAN, DUPLICATING, INNER_PRODUCT, LITTLE_IS_ENOUGH, BEST_REPLY = range(6)
"""Codes of the attacks: `_reply` knows the last one, `_craft` the others."""

BY_RULE, HONEST_MEAN = range(2)
"""Codes of what the server does with the messages."""


class Coding(NamedTuple):
    """The sums that devices form: of their own entries, or by the tables of `add_tabulated`.

    Attributes
    ----------
    starts, subsets, weights
        As in `cradl.protocol.Encoding`.
    patterns, shares
        For the tables: (blocks, N), and the weight of each subset (M,); (0, N) if they do not pay.
    """

    starts: Ints
    subsets: Indices
    weights: Floats
    patterns: Matrix
    shares: Floats


class Scratch(NamedTuple):
    """Arrays that the stages overwrite in every iteration.

    Attributes
    ----------
    slopes
        Of every sample (m,).
    scales, rows
        The gradient of subset k is ``scales[k] * rows[k]``; (M,), (M, W).
    factors
        One for each entry of the coding, or for each subset.
    messages
        What the devices send (N, W).
    mean, update, gradient
        Of the honest messages, of the server, of F; (W,).
    """

    slopes: Floats
    scales: Floats
    rows: Floats
    factors: Floats
    messages: Floats
    mean: Floats
    update: Floats
    gradient: Floats


class Codes(NamedTuple):
    """Codes of the rows that a stretch applies, and their numbers.

    Attributes
    ----------
    slope, attack, decoding, rule
        Codes of the loss, the attack, what the server does and its rule.
    f, tolerated
        How many devices are Byzantine, and for how many the rule is set.
    number
        The attack's parameter; of the best reply, whether it aims at ascent.
    """

    slope: int
    attack: int
    decoding: int
    rule: int
    f: int
    tolerated: int
    number: float


@compiled_reordering
def write_margins(designs: Floats, x: Floats, margins: Floats) -> None:
    """Write ⟨z_j, x⟩ for every row of `designs` (m, W), four rows a pass."""
    m, W = designs.shape
    whole = m - m % 4
    for j in range(0, whole, 4):
        a, b, c, d = designs[j], designs[j + 1], designs[j + 2], designs[j + 3]
        at_a, at_b, at_c, at_d = 0.0, 0.0, 0.0, 0.0
        for i in range(W):
            at_a += a[i] * x[i]
            at_b += b[i] * x[i]
            at_c += c[i] * x[i]
            at_d += d[i] * x[i]
        margins[j], margins[j + 1], margins[j + 2], margins[j + 3] = at_a, at_b, at_c, at_d
    for j in range(whole, m):
        row, at = designs[j], 0.0
        for i in range(W):
            at += row[i] * x[i]
        margins[j] = at


@compiled_reordering
def send(designs: Floats, coding: Coding, scratch: Scratch) -> None:
    """Write every device's coded gradient, eq. (5), from the slopes of the samples."""
    M = len(scratch.scales)
    m = len(designs)
    if m == M:
        copy_into(scratch.slopes, scratch.scales)
    else:
        _write_subset_gradients(designs, scratch.slopes, scratch.rows)
        scratch.scales[:] = 1.0
    send_rows(designs if m == M else scratch.rows, coding, scratch)


@compiled_reordering
def send_rows(rows: Floats, coding: Coding, scratch: Scratch) -> None:
    """Write every device's coded gradient, eq. (5), from the scales of the `rows` (M, W)."""
    M = len(scratch.scales)
    if len(coding.patterns):
        for k in range(M):
            scratch.factors[k] = coding.shares[k] * scratch.scales[k]
        add_tabulated(coding.patterns, scratch.factors, rows, scratch.messages)
    else:
        for entry in range(len(coding.subsets)):
            scratch.factors[entry] = coding.weights[entry] * scratch.scales[coding.subsets[entry]]
        add_rows(coding.starts, coding.subsets, scratch.factors, rows, scratch.messages)


@compiled_reordering
def _write_subset_gradients(designs: Floats, slopes: Floats, gradients: Floats) -> None:
    """Write ∇f_k, the sum over the samples of subset k, into row k of `gradients` (M, W)."""
    M, W = gradients.shape
    per_subset = len(designs) // M
    for k in range(M):
        gradient = gradients[k]
        gradient[:] = 0.0
        for sample in range(k * per_subset, (k + 1) * per_subset):
            slope, row = slopes[sample], designs[sample]
            for j in range(W):
                gradient[j] += slope * row[j]


@compiled_reordering
def honest_statistics(messages: Floats, honest: Ints, mean: Floats) -> tuple[float, float]:
    """Write the mean (W,) of the messages of the `honest` devices; return their spread around it.

    Returns
    -------
    The largest and the mean squared distance of a message to the mean; NaN or infinite if a
    message is not finite.
    """
    n, W = len(honest), messages.shape[1]
    mean[:] = 0.0
    for i in range(n):
        message = messages[honest[i]]
        for j in range(W):
            mean[j] += message[j]
    for j in range(W):
        mean[j] /= n
    largest, total = 0.0, 0.0
    for i in range(n):
        message, distance = messages[honest[i]], 0.0
        for j in range(W):
            distance += squared(message[j] - mean[j])
        largest = max(largest, distance)
        total += distance
    return largest, total / n


@compiled_reordering
def is_finite(vector: Floats) -> bool:
    """Say whether no entry is NaN or infinite: zero times such an entry is NaN."""
    total = 0.0
    for j in range(len(vector)):
        total += 0.0 * vector[j]
    return bool(total == 0.0)


@compiled_reordering
def take_step(x: Floats, update: Floats, step_size: float) -> None:
    """Move the model `x` by eq. (8), in place."""
    for j in range(len(x)):
        x[j] -= step_size * update[j]


@compiled_reordering
def distance_sq(one: Floats, other: Floats) -> float:
    """Return the squared distance of two vectors."""
    total = 0.0
    for j in range(len(one)):
        total += squared(one[j] - other[j])
    return total


class Fixed(NamedTuple):
    """Arrays that stay the same through a run.

    Attributes
    ----------
    designs, responses
        z_j (m, W), y_j (m,).
    orders
        (T + 1, N): the first f devices of an iteration's order are Byzantine in it.
    rates
        γ^t (T + 1,).
    noise
        What the attack draws (T + 1, f, ...), as three dimensions.
    pairs, honest_pairs
        Networks: of the rule; of the best reply, which orders the honest messages.
    """

    designs: Floats
    responses: Floats
    orders: Ints
    rates: Floats
    noise: Floats
    pairs: Ints
    honest_pairs: Ints


class Series(NamedTuple):
    """Arrays that a stretch writes, one row per iteration.

    Attributes
    ----------
    margins
        ⟨z_j, x^t⟩ (T + 1, m); of problems that are not linear, what else is read off x^t.
    spreads
        (T + 1, 3): squared error of the update, largest and mean spread of the honest messages.
    diagnostics
        (T + 1, 7) of `diagnose`; no rows if they are not asked for.
    messages, updates
        (T + 1, N, W), (T + 1, W); no rows if they are not asked for.
    """

    margins: Floats
    spreads: Floats
    diagnostics: Floats
    messages: Floats
    updates: Floats


@compiled_reordering
def stretch(
    first: int,
    x: Floats,
    fixed: Fixed,
    coding: Coding,
    codes: Codes,
    scratch: Scratch,
    series: Series,
) -> int:
    """Repeat the stages from iteration `first` on, moving `x` in place.

    Returns
    -------
    The first iteration that is left to do: T + 1, or one with a message that is not finite, of
    which `cradl.engine.algorithm.step` knows what to make.
    """
    iterations, f = len(fixed.orders), codes.f
    messages, mean, update = scratch.messages, scratch.mean, scratch.update
    for t in range(first, iterations):
        order = fixed.orders[t]
        write_margins(fixed.designs, x, series.margins[t])
        write_slopes(codes.slope, series.margins[t], fixed.responses, scratch.slopes)
        send(fixed.designs, coding, scratch)
        largest, average = honest_statistics(messages, order[f:], mean)
        if not math.isfinite(average):
            return t
        if len(series.diagnostics):
            rows = fixed.designs if len(scratch.scales) == len(fixed.designs) else scratch.rows
            found = series.diagnostics[t]
            diagnose(messages, mean, scratch.scales, rows, scratch.gradient, found)
        if f:
            if codes.attack == BEST_REPLY:
                _reply(codes, messages, order, mean, fixed.honest_pairs)
            else:
                _craft(codes.attack, codes.number, messages, order, f, mean, fixed.noise[t])
            for i in range(f):
                if not is_finite(messages[order[i]]):
                    return t
        if len(series.updates):
            for i in range(len(messages)):
                copy_into(messages[i], series.messages[t, i])
        if codes.decoding == HONEST_MEAN:
            copy_into(mean, update)
        elif messages.shape[1] <= BLOCK:
            # The next iteration writes them anew.
            aggregate_in_place(codes.rule, messages, codes.tolerated, fixed.pairs, update)
        else:
            aggregate_columns(codes.rule, messages, codes.tolerated, fixed.pairs, update)
        if len(series.updates):
            copy_into(update, series.updates[t])
        take_step(x, update, fixed.rates[t])
        series.spreads[t, 0] = distance_sq(update, mean)
        series.spreads[t, 1] = largest
        series.spreads[t, 2] = average
    return iterations


@compiled_reordering
def _craft(
    attack: int, number: float, messages: Floats, order: Ints, f: int, mean: Floats, noise: Floats
) -> None:
    """Overwrite the messages of the first f devices of `order`, as the row of `ATTACKS` does."""
    W = messages.shape[1]
    n = len(order) - f
    for liar in range(f):
        message = messages[order[liar]]
        if attack == SIGN_FLIPPING:
            for j in range(W):
                message[j] *= number
        elif attack == GAUSSIAN:
            for j in range(noise.shape[1]):
                message[j] = number * noise[liar, j]
        elif attack == DUPLICATING:
            victim = int(noise[0 if number else liar, 0] * n)
            copy_into(messages[order[f + victim]], message)
        elif attack == INNER_PRODUCT:
            for j in range(W):
                message[j] = -number * mean[j]
        elif liar == 0:
            message[:] = 0.0
            for i in range(n):
                honest = messages[order[f + i]]
                for j in range(W):
                    message[j] += squared(honest[j] - mean[j])
            for j in range(W):
                message[j] = mean[j] - number * math.sqrt(message[j] / n)
        else:
            copy_into(messages[order[0]], message)


@compiled_reordering
def _reply(codes: Codes, messages: Floats, order: Ints, mean: Floats, pairs: Ints) -> None:
    """Overwrite the messages of the first f devices of `order` by the worst common reply."""
    N, W = messages.shape
    f, k = codes.f, codes.tolerated
    directions, reply = np.zeros(W), np.empty(W)
    if codes.number:
        for i in range(N):
            for j in range(W):
                directions[j] -= messages[i, j]
    honest = np.empty((N - f, W))
    for i in range(N - f):
        copy_into(messages[order[f + i]], honest[i])
    exchange(honest, pairs)
    if codes.rule == PHOCAS:
        phocas_reply(honest, f, k, directions, reply)
    else:
        first = (N - 1) // 2 if codes.rule == MEDIAN else k
        last = N // 2 if codes.rule == MEDIAN else N - 1 - k
        reply_beyond(honest, mean, f, first, last, directions, reply)
    if codes.number:
        for j in range(W):
            # Where the slope is zero, no reply is against it more than another.
            reply[j] = reply[j] if directions[j] != 0.0 else mean[j]
    for i in range(f):
        copy_into(reply, messages[order[i]])
