"""Attacks: the messages of Byzantine devices. Each is a pure function and a row of `ATTACKS`.

What the attacks send is in `cradl.attacking`.
"""

from typing import Any

from cradl.attack import Attack, AttackContext
from cradl.attacking.collusion import (
    InnerProduct,
    LargeNorm,
    LittleIsEnough,
    Mimic,
    MinMax,
    MinSum,
    SampleDuplicating,
    inner_product,
    large_norm,
    little_is_enough,
    mimic,
    min_max,
    min_sum,
    sample_duplicating,
    supported_shift,
    uniforms,
)
from cradl.attacking.learned import LearnedMimic, learn_direction, learned_mimic
from cradl.attacking.replies import (
    BestReply,
    OptimalInnerProduct,
    OptimalLittleIsEnough,
    best_reply,
    optimal_inner_product,
    optimal_little_is_enough,
)
from cradl.attacking.single import (
    Gaussian,
    LabelFlipping,
    LabelPoisoning,
    Omission,
    SignFlipping,
    flipped_labels,
    gaussian,
    of_other_labels,
    omission,
    poisoned_labels,
    sign_flipping,
    standard_normals,
)
from cradl.parameters import Parameters
from cradl.rows import Table

__all__ = [
    "ATTACKS",
    "Attack",
    "AttackContext",
    "best_reply",
    "gaussian",
    "inner_product",
    "little_is_enough",
    "parameters_of",
    "sample_duplicating",
    "sign_flipping",
    "supported_shift",
]

ATTACKS = Table(
    "ATTACKS",
    Attack,
    {
        "sign_flipping": Attack(craft=sign_flipping, parameters=SignFlipping),
        "gaussian": Attack(craft=gaussian, needs=standard_normals, parameters=Gaussian),
        "sample_duplicating": Attack(
            craft=sample_duplicating, needs=uniforms, parameters=SampleDuplicating
        ),
        "inner_product": Attack(craft=inner_product, parameters=InnerProduct),
        "little_is_enough": Attack(craft=little_is_enough, parameters=LittleIsEnough),
        "best_reply": Attack(craft=best_reply, parameters=BestReply, replies=True),
        "mimic": Attack(craft=mimic, parameters=Mimic),
        "learned_mimic": Attack(
            craft=learned_mimic, parameters=LearnedMimic, learn=learn_direction
        ),
        "min_max": Attack(craft=min_max, parameters=MinMax, name="min-max"),
        "min_sum": Attack(craft=min_sum, parameters=MinSum, name="min-sum"),
        "large_norm": Attack(craft=large_norm, parameters=LargeNorm),
        "omission": Attack(craft=omission, parameters=Omission),
        "label_flipping": Attack(
            craft=of_other_labels, parameters=LabelFlipping, relabel=flipped_labels
        ),
        "label_poisoning": Attack(
            craft=of_other_labels, parameters=LabelPoisoning, relabel=poisoned_labels
        ),
        "optimal_inner_product": Attack(
            craft=optimal_inner_product, parameters=OptimalInnerProduct, replies=True
        ),
        "optimal_little_is_enough": Attack(
            craft=optimal_little_is_enough, parameters=OptimalLittleIsEnough, replies=True
        ),
    },
)


def parameters_of(attack: dict[str, Any]) -> Parameters:
    """Return the checked parameters of ``{name: ..., <parameter>: ...}`` as a study writes it.

    Examples
    --------
    >>> parameters_of({"name": "sign_flipping", "coefficient": -2})
    SignFlipping(coefficient=-2.0)
    >>> parameters_of({"name": "sample_duplicating", "victim": "common"}).victim
    'common'
    """
    given = {key: value for key, value in attack.items() if key != "name"}
    return ATTACKS[attack["name"]].parameters.model_validate(given)
