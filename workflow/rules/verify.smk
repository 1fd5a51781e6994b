OF_RUNS = products("simulate", STUDY.experiments)
OF_BOUNDS = products("bounds", STUDY.experiments)
SIDES = products("verify/sharpened", STUDY.experiments)
CLAIMED = STUDY.claimed_experiments()
CLAIMS = ["verify/claims.csv", "verify/claims_summary.csv"]
COSTS = ["verify/costs.csv"]
LOSSES = [shown.LOSSES, shown.OUTCOMES, shown.RATIOS]
CONSTANTS = [
    "verify/constants.csv",
    "verify/counterexamples.json",
    "bounds/table1.csv",
]
DECIDED = {
    "cells": [one.model_dump(mode="json") for one in STUDY.cells],
    "level": STUDY.decision.level if STUDY.decision else None,
}
TABULATED = {"times": STUDY.early, "plateau": STUDY.plateau}
COUNTED = sorted(
    {curve.allocation_id for name in EXACT for curve in STUDY.experiments[name].curves}
)

promise("verify/equations.csv", source=code_hash("equations.py", "theory/ledger.py"))
promise(
    *CONSTANTS,
    settings={"sizes": STUDY.sizes(), "rules": APPLIED},
    source=code_hash("constants.py"),
)
promise(
    "verify/theorems.csv",
    source=code_hash("theorems.py"),
    inputs=[*OF_RUNS, *OF_BOUNDS],
)
promise(
    "verify/sharpened.csv",
    *SIDES,
    source=SHARPENED_CODE,
    inputs=[*OF_RUNS, *OF_BOUNDS],
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
if EXACT:
    promise(
        *COSTS,
        source=code_hash("costs.py"),
        inputs=[*products("simulate", EXACT), *products("allocate", COUNTED)],
    )


# Files that studies share are no outputs of a rule: of two runs at once, Snakemake would refuse
# one.
rule equations:
    input:
        again=again("verify/equations.csv"),
    output:
        report(
            f"{RESULTS}/verify/equations.csv",
            caption="../report/equations.rst",
            category="Verdicts",
        ),
    log:
        f"{RESULTS}/logs/verify/equations.log",
    benchmark:
        f"{RESULTS}/benchmarks/verify/equations.tsv"
    conda:
        ENVIRONMENT
    params:
        shared=shared("equations", "theory/ledger.py"),
        made=made("verify/equations.csv"),
    message:
        "Decide every equation"
    script:
        "../scripts/equations.py"


rule constants:
    input:
        again=again(*CONSTANTS),
    output:
        csv=report(
            f"{RESULTS}/verify/constants.csv",
            caption="../report/constants.rst",
            category="Verdicts",
        ),
        counterexamples=f"{RESULTS}/verify/counterexamples.json",
        table1=f"{RESULTS}/bounds/table1.csv",
    log:
        f"{RESULTS}/logs/verify/constants.log",
    benchmark:
        f"{RESULTS}/benchmarks/verify/constants.tsv"
    conda:
        ENVIRONMENT
    params:
        shared=shared(
            "constants", "theory/beyond/constants_table.py", "cradl/aggregation.py"
        ),
        sizes=STUDY.sizes(),
        rules=APPLIED,
        made=made(*CONSTANTS),
    message:
        "Evaluate Table I, and compare its constants with the truth"
    script:
        "../scripts/constants.py"


rule theorems:
    input:
        bounds=inputs(OF_BOUNDS, ["verify/theorems.csv"]),
        runs=inputs(OF_RUNS, ["verify/theorems.csv"]),
        again=again("verify/theorems.csv"),
    output:
        report(
            f"{RESULTS}/verify/theorems.csv",
            caption="../report/theorems.rst",
            category="Verdicts",
        ),
    log:
        f"{RESULTS}/logs/verify/theorems.log",
    benchmark:
        f"{RESULTS}/benchmarks/verify/theorems.tsv"
    conda:
        ENVIRONMENT
    params:
        made=made("verify/theorems.csv"),
    message:
        "Judge the theorems on the runs"
    script:
        "../scripts/theorems.py"


rule sharpened:
    input:
        bounds=inputs(OF_BOUNDS, ["verify/sharpened.csv", *SIDES]),
        runs=inputs(OF_RUNS, ["verify/sharpened.csv", *SIDES]),
        again=again("verify/sharpened.csv", *SIDES),
    output:
        csv=report(
            f"{RESULTS}/verify/sharpened.csv",
            caption="../report/sharpened.rst",
            category="Verdicts",
        ),
        sides=expand(
            f"{RESULTS}/verify/sharpened/{{experiment}}.nc",
            experiment=STUDY.experiments,
        ),
    log:
        f"{RESULTS}/logs/verify/sharpened.log",
    benchmark:
        f"{RESULTS}/benchmarks/verify/sharpened.tsv"
    conda:
        ENVIRONMENT
    params:
        code=SHARPENED_CODE,
        made=made("verify/sharpened.csv", *SIDES),
    message:
        "Judge the sharpened theorems on the runs"
    script:
        "../scripts/sharpened.py"


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
