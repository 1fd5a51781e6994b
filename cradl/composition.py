"""A server's aggregation in one iteration: a pre-aggregation, then a rule that may remember."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cradl.aggregation import RULES
from cradl.arrays import Floats
from cradl.foreign import called, is_foreign, require_finite, returned
from cradl.parameters import Parameters
from cradl.pre_aggregation import (
    PRE_AGGREGATIONS,
    Plain,
    PreAggregation,
    mixing_parameters_of,
)
from cradl.rule import Rule, checked, finite

_PLAIN = Plain()


@dataclass(frozen=True)
class Composed:
    """A rule after a pre-aggregation.

    Attributes
    ----------
    rule, before, parameters
        The rows, and the parameters of the pre-aggregation.
    keys
        What the pre-aggregation drew for each message (N,); None if it draws nothing.
    last
        The aggregate before (D,), for a rule that remembers it; None before the first.
    """

    rule: Rule
    before: PreAggregation
    parameters: Parameters
    keys: Floats | None = None
    last: Floats | None = None

    @property
    def plain(self) -> bool:
        """Whether the rule alone decides."""
        return self.before is PRE_AGGREGATIONS["none"]

    @property
    def contracts(self) -> frozenset[str]:
        """The rule's contracts that hold with the pre-aggregation as well."""
        return frozenset(self.rule.contracts & self.before.keeps)

    @property
    def coordinatewise(self) -> bool:
        """True if each coordinate is aggregated on its own."""
        return "coordinatewise" in self.contracts

    @property
    def may_have_constant(self) -> bool:
        """Whether Definition 1 may hold with some constant, for any draw that there is.

        No constant holds for a row of this package that is not bounded, or depends on where zero
        is, or on a scale: then its error does not vanish with the spread of the honest messages. Of
        a user's row, what it does not promise is unknown.
        """
        own = not is_foreign(self.rule.aggregate) and not is_foreign(self.before.mix)
        promised = {"translation", "scaling", "bounded"} <= self.contracts
        return self.before.needs is None and (promised or not own)

    def max_f(self, N: int) -> int:
        """Return the largest f that is taken of N messages; every one mixed is one for the rule."""
        most = self.rule.max_f(self.before.count(N, self.parameters))
        return most if self.plain else min(most, N - 1)

    def __call__(self, messages: Floats, *, f: int) -> Floats:
        """Aggregate what the server received, as `Rule` does.

        Messages that are not finite are dropped before anything is mixed.

        Raises
        ------
        ValueError, TypeError, cradl.foreign.RowFault
            As `Rule`; an f that the rule does not take of as many messages as it gets.

        Examples
        --------
        >>> rule = composed("trimmed_mean", {"name": "nearest_neighbour_mixing"})
        >>> rule(np.array([[0.0], [2.0], [6.0], [90.0]]), f=1)
        array([2.66666667])
        """
        if self.plain:
            return self.rule(messages, f=f, last=self.last)
        messages = checked(messages, f)
        N = len(messages)
        if not 0 <= f <= self.max_f(N):
            mixed = self.before.count(N, self.parameters)
            raise ValueError(self.rule.refusal(mixed, int(f)))
        keys = None if self.keys is None else np.asarray(self.keys)
        messages, f, whole = finite(messages, f)
        if keys is not None and whole is not None:
            keys = keys[whole]
        return self.rule.aggregated(self._mixed(messages, f, keys), f, self.last, ends=True)

    def _mixed(self, messages: Floats, f: int, keys: Any) -> Floats:
        row = self.before
        mixed = called(row, "mix", messages, f, parameters=self.parameters, keys=keys)
        count = row.count(len(messages), self.parameters)
        found = returned(row, "mix", mixed, (count, messages.shape[1]))
        require_finite(row, "mix", found, given=messages)
        return found


def composed(
    rule: str,
    pre_aggregation: dict[str, Any],
    *,
    keys: Floats | None = None,
    last: Floats | None = None,
) -> Composed:
    """Return what a study's names mean.

    Parameters
    ----------
    rule, pre_aggregation
        As a study writes them.
    keys, last
        As in `Composed`.
    """
    row = PRE_AGGREGATIONS[pre_aggregation["name"]]
    # Of most curves, in each iteration: nothing is to be checked.
    parameters = _PLAIN if row.parameters is Plain else mixing_parameters_of(pre_aggregation)
    return Composed(RULES[rule], row, parameters, keys, last)
