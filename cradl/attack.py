"""The row of an attack: what it crafts, what it needs, and what Byzantine devices know."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

from numpy.random import Generator

from cradl.arrays import Floats, Ints
from cradl.parameters import Parameters
from cradl.rows import Row


class AttackContext(NamedTuple):
    """The knowledge of a Byzantine device besides the messages of its iteration.

    Attributes
    ----------
    parameters
        The attack's parameters as the study chose them.
    aggregate
        ``aggregate(messages) -> (D,)``: what the server would make of N messages. The strongest
        attackers of the literature know the server's rule.
    coordinatewise
        Whether the server aggregates each coordinate on its own.
    monotone
        Whether no coordinate of the aggregate falls where a message grows in it.
    worst_reply
        ``worst_reply(honest, directions, f) -> (D,)`` as in `cradl.aggregation.Rule`, for what the
        server's rule tolerates; None if no closed form is known.
    devices
        The numbers of all devices (N,), those of the Byzantine ones first; messages come in this
        order. None if unknown.
    flipped
        The messages (f, D) that the Byzantine devices' data make with other labels; None unless
        the attack has a ``relabel``.
    memory
        What the attack's ``learn`` returned in this iteration; None if it has none.
    """

    parameters: Any
    aggregate: Callable[[Floats], Floats]
    coordinatewise: bool
    monotone: bool
    worst_reply: Callable[[Floats, Floats, int], Floats] | None = None
    devices: Ints | None = None
    flipped: Floats | None = None
    memory: Any = None


class Craft(Protocol):
    """Crafts the messages of the Byzantine devices of one iteration."""

    def __call__(
        self, own: Floats, honest: Floats, /, *, f: int, noise: Any, context: AttackContext
    ) -> Floats:
        """Return the messages (f, D) of the f Byzantine devices.

        Parameters
        ----------
        own, honest
            Their own true messages (f, D), and those of the honest devices (n, D).
        noise
            One entry for each of them, as the attack's ``needs`` draws it; None if it needs none.
        """


class Learn(Protocol):
    """Learns from the honest messages of an iteration, before the Byzantine devices speak."""

    def __call__(self, honest: Floats, memory: Any, /, *, context: AttackContext) -> Any:
        """Return what is remembered until the next iteration.

        Parameters
        ----------
        honest
            The messages of the honest devices (n, D).
        memory
            What was returned in the iteration before; None in a run's first one.
        """


class Needs(Protocol):
    """The random numbers that one Byzantine device uses in a run, drawn before it starts."""

    def __call__(self, rng: Generator, iterations: int, D: int, /) -> Floats:
        """Return them (iterations, ...)."""


class Relabel(Protocol):
    """Says which labels a poisoned sample gets."""

    def __call__(self, responses: Floats, classes: int, parameters: Any, /) -> Floats:
        """Return other responses (m,).

        Parameters
        ----------
        responses
            y_j: −1 and +1, real numbers, or class numbers from 0 on.
        classes
            Number of classes; 0 if responses are no class numbers.
        """


@dataclass(frozen=True, kw_only=True)
class Attack(Row):
    """A row of `ATTACKS`.

    Attributes
    ----------
    craft
        ``craft(own, honest, *, f, noise, context) -> (f, D)``, as `Craft` says.
    needs
        ``needs(rng, iterations, D) -> (iterations, ...)``, as `Needs` says; None if the attack is
        deterministic.
    parameters
        The model of the keys that a study gives beside ``name``.
    replies
        Whether it asks the server's rule, which then has to be a bounded one: against others no
        reply is the worst.
    relabel
        ``relabel(responses, classes, parameters) -> (m,)``, as `Relabel` says, if it needs the
        messages of data with other labels, ``context.flipped``; None if it does not.
    learn
        ``learn(honest, memory, *, context) -> memory``, as `Learn` says; None if the attack
        remembers nothing.
    """

    CALLED: ClassVar[tuple[str, ...]] = ("craft", "needs", "relabel", "learn")

    craft: Craft
    needs: Needs | None = None
    parameters: type[Parameters]
    replies: bool = False
    relabel: Relabel | None = None
    learn: Learn | None = None
