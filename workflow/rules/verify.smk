OF_RUNS = products("simulate", STUDY.experiments)
CLAIMED = STUDY.claimed_experiments()
CLAIMS = ["verify/claims.csv", "verify/claims_summary.csv"]
COSTS = ["verify/costs.csv"]
LOSSES = [shown.LOSSES, shown.OUTCOMES, shown.RATIOS]
DECIDED = {
    "cells": [one.model_dump(mode="json") for one in STUDY.cells],
    "level": STUDY.decision.level if STUDY.decision else None,
}
TABULATED = {"times": STUDY.early, "plateau": STUDY.plateau}
RANKED = {"boards": [one.model_dump(mode="json") for one in STUDY.leaderboards]}
# The experiments of leaderboards, in the study's order.
OF_BOARDS = [
    name
    for name in STUDY.experiments
    if any(name in one.experiments for one in STUDY.leaderboards)
]
COUNTED = sorted(
    {curve.allocation_id for name in EXACT for curve in STUDY.experiments[name].curves}
)

promise(
    *LOSSES,
    settings=TABULATED,
    source=code_hash("losses.py"),
    inputs=OF_RUNS,
)
if STUDY.cells:
    promise(
        *CLAIMS,
        settings=DECIDED,
        source=code_hash("claims.py"),
        inputs=products("simulate", CLAIMED),
    )
if STUDY.leaderboards:
    promise(
        *shown.OF_RANKS,
        settings=RANKED,
        source=code_hash("leaderboards.py"),
        inputs=products("simulate", OF_BOARDS),
    )
if EXACT:
    promise(
        *COSTS,
        source=code_hash("costs.py"),
        inputs=[*products("simulate", EXACT), *products("allocate", COUNTED)],
    )


rule claims:
    input:
        runs=inputs(products("simulate", CLAIMED), CLAIMS),
        again=again(*CLAIMS),
    output:
        csv=f"{RESULTS}/verify/claims.csv",
        summary=report(
            f"{RESULTS}/verify/claims_summary.csv",
            caption="../report/claims.rst",
            category="Verdicts",
        ),
    log:
        f"{RESULTS}/logs/verify/claims.log",
    benchmark:
        f"{RESULTS}/benchmarks/verify/claims.tsv"
    conda:
        ENVIRONMENT
    params:
        **DECIDED,
        made=made(*CLAIMS),
    message:
        "Decide every claim"
    script:
        "../scripts/claims.py"


rule leaderboards:
    input:
        runs=inputs(products("simulate", OF_BOARDS), shown.OF_RANKS),
        again=again(*shown.OF_RANKS),
    output:
        csv=report(
            f"{RESULTS}/{shown.LEADERBOARDS}",
            caption="../report/leaderboards.rst",
            category="Verdicts",
        ),
        tasks=f"{RESULTS}/{shown.LEADERBOARD_TASKS}",
    log:
        f"{RESULTS}/logs/verify/leaderboards.log",
    benchmark:
        f"{RESULTS}/benchmarks/verify/leaderboards.tsv"
    conda:
        ENVIRONMENT
    params:
        **RANKED,
        made=made(*shown.OF_RANKS),
    message:
        "Rank the contestants of every leaderboard"
    script:
        "../scripts/leaderboards.py"


rule costs:
    input:
        results=inputs(products("simulate", EXACT), COSTS),
        allocations=inputs(products("allocate", COUNTED), COSTS),
        again=again(*COSTS),
    output:
        report(
            f"{RESULTS}/verify/costs.csv",
            caption="../report/costs.rst",
            category="Verdicts",
        ),
    log:
        f"{RESULTS}/logs/verify/costs.log",
    benchmark:
        f"{RESULTS}/benchmarks/verify/costs.tsv"
    conda:
        ENVIRONMENT
    params:
        made=made(*COSTS),
    message:
        "Count what the exact codes and the methods beside them cost"
    script:
        "../scripts/costs.py"


rule losses:
    input:
        runs=inputs(OF_RUNS, LOSSES),
        again=again(*LOSSES),
    output:
        outcomes=f"{RESULTS}/{shown.OUTCOMES}",
        ratios=f"{RESULTS}/{shown.RATIOS}",
        losses=report(
            f"{RESULTS}/verify/losses.csv",
            caption="../report/losses.rst",
            category="Verdicts",
        ),
    log:
        f"{RESULTS}/logs/verify/losses.log",
    benchmark:
        f"{RESULTS}/benchmarks/verify/losses.tsv"
    conda:
        ENVIRONMENT
    params:
        **TABULATED,
        made=made(*LOSSES),
    message:
        "Tabulate the losses of every curve"
    script:
        "../scripts/losses.py"
