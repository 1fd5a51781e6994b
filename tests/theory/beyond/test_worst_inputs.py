"""Every lower end of a constant is what the rule gives on the kept input, by other code.

The rules are written here once more, from their definitions; nothing is shared with what makes the
inputs.
"""

from fractions import Fraction as F

import mpmath
import pytest

from theory.beyond.constants_table import GRID
from theory.beyond.true_constants import known_input, true_c_alpha_squared
from theory.paper.table1 import TABLE_I

SIZES = sorted({*GRID, (6, 1, 2), (8, 0, 2), (5, 2, 2), (7, 2, 2), (9, 4, 3), (12, 5, 7)})


def plain_median(column, f):
    ordered, N = sorted(column), len(column)
    return (ordered[(N - 1) // 2] + ordered[N // 2]) / 2


def plain_trimmed_mean(column, f):
    kept = sorted(column)[f : len(column) - f]
    return sum(kept) / len(kept)


def plain_phocas(column, f):
    centre = plain_trimmed_mean(column, f)
    kept = sorted(column, key=lambda value: abs(value - centre))[: len(column) - f]
    return sum(kept) / len(kept)


def squared(first, second):
    return sum((a - b) ** 2 for a, b in zip(first, second, strict=True))


def plain_krum(messages, f):
    scores = []
    for i, message in enumerate(messages):
        distances = sorted(squared(message, one) for j, one in enumerate(messages) if j != i)
        scores.append(sum(distances[: len(messages) - f - 2]))
    return messages[scores.index(min(scores))]


def mean(messages):
    return [sum(column) / len(messages) for column in zip(*messages, strict=True)]


def plain_faba(messages, f):
    left = list(messages)
    for _ in range(f):
        centre = mean(left)
        distances = [squared(message, centre) for message in left]
        left.pop(distances.index(max(distances)))
    return mean(left)


def geometric_median(honest, sent):
    """Return the place of the Byzantine messages if no other place has as small a distance."""
    with mpmath.workdps(60):
        place, alike = sent[0], 0
        pull = [mpmath.mpf(0), mpmath.mpf(0)]
        for message in (*honest, *sent):
            exact = [F(a) - F(b) for a, b in zip(message, place, strict=True)]
            difference = [mpmath.mpf(a.numerator) / a.denominator for a in exact]
            length = mpmath.norm(difference)
            if length == 0:
                alike += 1
            else:
                pull = [total + part / length for total, part in zip(pull, difference, strict=True)]
        assert mpmath.norm(pull) < alike
    return place


PLAIN = {"median": plain_median, "trimmed_mean": plain_trimmed_mean, "phocas": plain_phocas}


def evaluated(rule, honest, sent, f, *, average):
    """Return ‖A − z̄‖² over the largest or average squared honest deviation."""
    messages = [*sent, *honest]
    if rule in PLAIN:
        out = [PLAIN[rule](column, f) for column in zip(*messages, strict=True)]
    elif rule == "geometric_median" and len(honest[0]) == 1:
        out = [plain_median([x for (x,) in messages], f)]
    else:
        out = {
            "krum": plain_krum,
            "faba": plain_faba,
            "geometric_median": lambda *_: geometric_median(honest, sent),
        }[rule](messages, f)
    middle = mean(honest)
    squares = [squared(message, middle) for message in honest]
    allowed = sum(squares) / len(squares) if average else max(squares)
    error = squared(out, middle)
    return error / allowed if allowed else error


@pytest.mark.parametrize("deviation", ["max", "average"])
@pytest.mark.parametrize("rule", TABLE_I)
@pytest.mark.parametrize(("N", "f", "D"), SIZES, ids=str)
def test_the_rule_itself_gives_the_lower_end(rule, deviation, N, f, D):
    if rule == "krum" and 2 * f + 3 > N:
        pytest.skip("Krum is not defined")
    average = deviation == "average"
    lower, upper = true_c_alpha_squared(rule, N=N, f=f, D=D, deviation=deviation)
    kept = known_input(rule, N, f, D, average=average)
    honest, sent = kept.messages(f)
    assert (len(honest), len(sent)) == (N - f, f)
    assert len(honest[0]) <= D
    if len(honest[0]) > 2:
        # Many coordinates in double precision, all of them.
        honest, sent = ([[float(a) for a in row] for row in rows] for rows in (honest, sent))
        given = evaluated(rule, honest, sent, f, average=average)
        assert given == pytest.approx(float(kept.ratio), rel=1e-9)
    else:
        assert evaluated(rule, honest, sent, f, average=average) == kept.ratio
    # The supremum is what the kept input comes near to, and no more than is proved.
    assert float(kept.ratio) <= float(lower) <= float(kept.ratio) * (1 + 1e-6)
    assert lower <= upper


def test_cells_that_were_false_or_loose_once():
    def ends(rule, N, f, D, deviation="max"):
        return [
            float(end) for end in true_c_alpha_squared(rule, N=N, f=f, D=D, deviation=deviation)
        ]

    # The medians of five and of eight numbers without an attack, by exhaustion: 8/13 and 9/17.
    assert ends("median", 5, 0, 2)[0] == pytest.approx(8 / 13)
    assert ends("median", 8, 0, 2)[0] == pytest.approx(9 / 17)
    # Liars cannot sit farther out than the nearest dropped honest value.
    assert 7.59 < ends("phocas", 29, 13, 2)[0] < 8
    assert 7.94 < ends("phocas", 100, 48, 2)[0] < 8
    assert ends("faba", 29, 13, 2)[0] >= 64.66
    assert ends("faba", 7, 2, 2, "average")[0] >= 3.86
    assert ends("krum", 5, 1, 2)[0] >= 3.50
    assert ends("krum", 8, 2, 2)[0] >= 4.67
