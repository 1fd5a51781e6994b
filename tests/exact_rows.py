"""Messages as rows of exact fractions, for tests that read definitions again."""

from fractions import Fraction


def fractions(messages):
    return [[Fraction(float(value)) for value in row] for row in messages]


def squared(a, b):
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))


def mean_of(rows):
    return [sum(column) / Fraction(len(rows)) for column in zip(*rows, strict=True)]
