"""No proof of the ledger can be weakened unseen: a hypothesis left out or a claim tightened fails.

Every implication that a row of the ledger proves is tried, with exact counterexamples.
"""

from functools import cache

import pytest
import sympy

from theory.ledger import ROWS
from theory.proving.deciding import counterexample
from theory.proving.instances import require_violation
from theory.proving.proofs import Step, recorded, tightened


@cache
def implications() -> dict[str, Step]:
    """Return every implication that a row proves, by its row and its place in the proof."""
    found = {}
    for row in ROWS:
        with recorded() as acts:
            row.check()
        steps = [act.step for act in acts if act.step is not None]
        found |= {f"{row.name}-{place}": step for place, step in enumerate(steps)}
    return found


NAMES = sorted(implications())


@pytest.mark.parametrize("name", NAMES)
def test_every_hypothesis_is_needed(name):
    step = implications()[name]
    for place, relation in enumerate(step.given):
        others = step.given[:place] + step.given[place + 1 :]
        if place in step.needed:
            require_violation(step.claim, others, step.needed[place])
        else:
            assert counterexample(step.claim, others), relation


@pytest.mark.parametrize("name", NAMES)
def test_no_claim_can_be_tightened(name):
    step = implications()[name]
    if isinstance(step.claim, sympy.Eq) or step.claim == sympy.true:
        return
    closer = tightened(step)
    instance = step.equality or step.loose
    if isinstance(step.claim, sympy.Lt | sympy.Gt) and step.equality:
        # The instance is a limit of those that the hypotheses admit.
        assert counterexample(closer, step.given)
    else:
        require_violation(closer, step.given, instance)
