"""Attacks on a rule, as the server of a run would see them."""

from functools import partial

import numpy as np

from cradl.attacks import ATTACKS, AttackContext, parameters_of


def context_of(attack, rule, *, f):
    """Return what an attack knows of a server that withstands f."""
    return AttackContext(
        parameters_of(attack),
        lambda messages: rule(messages, f=f),
        rule.coordinatewise,
        "monotone" in rule.contracts,
        rule.worst_reply and partial(rule.worst_reply, tolerated=f),
    )


def reply(rule, honest, f, *, own=None, aim="error"):
    """Return what liars send as their best reply, and how far they move the rule."""
    own = np.zeros((f, honest.shape[1])) if own is None else own
    context = context_of({"name": "best_reply", "aim": aim}, rule, f=f)
    sent = ATTACKS["best_reply"].craft(own, honest, f=f, noise=None, context=context)
    return sent, rule(np.concatenate([sent, honest]), f=f) - honest.mean(axis=0)
