"""No proof of the ledger can be weakened unseen: a hypothesis left out or a claim tightened fails.

Every implication that a row of the ledger proves is tried, with exact counterexamples.
"""

import pytest
import sympy

from theory.proving.deciding import counterexample
from theory.proving.instances import require_violation
from theory.proving.proofs import tightened
from theory.second_solver import implications

IMPLICATIONS = dict(implications())


@pytest.mark.parametrize("name", IMPLICATIONS)
def test_every_hypothesis_is_needed(name):
    step = IMPLICATIONS[name]
    for place, relation in enumerate(step.given):
        others = step.given[:place] + step.given[place + 1 :]
        if place in step.needed:
            require_violation(step.claim, others, step.needed[place])
        else:
            assert counterexample(step.claim, others), relation


@pytest.mark.parametrize("name", IMPLICATIONS)
def test_no_claim_can_be_tightened(name):
    step = IMPLICATIONS[name]
    if isinstance(step.claim, sympy.Eq) or step.claim == sympy.true:
        return
    closer = tightened(step)
    instance = step.equality or step.loose
    if isinstance(step.claim, sympy.Lt | sympy.Gt) and step.equality:
        # The instance is a limit of those that the hypotheses admit.
        assert counterexample(closer, step.given)
    else:
        require_violation(closer, step.given, instance)
