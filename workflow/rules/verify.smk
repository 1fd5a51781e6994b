# Files that studies share are no outputs of a rule: of two runs at once, Snakemake would refuse
# one.
rule equations:
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
        "../../environment.yml"
    params:
        shared=shared("equations", "theory/ledger.py"),
        code=code_hash("equations.py"),
    message:
        "Decide every equation"
    script:
        "../scripts/equations.py"


rule constants:
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
        "../../environment.yml"
    params:
        shared=shared(
            "constants", "theory/beyond/constants_table.py", "cradl/aggregation.py"
        ),
        sizes=STUDY.sizes(),
        rules=APPLIED,
        code=code_hash("constants.py"),
    message:
        "Evaluate Table I, and compare its constants with the truth"
    script:
        "../scripts/constants.py"


rule theorems:
    input:
        bounds=kept_bounds(STUDY.experiments),
        runs=expand(
            f"{RESULTS}/simulate/{{experiment}}.nc", experiment=STUDY.experiments
        ),
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
        "../../environment.yml"
    params:
        bounds=BOUNDS_CODE,
        code=code_hash("theorems.py"),
    message:
        "Judge the theorems on the runs"
    script:
        "../scripts/theorems.py"


rule sharpened:
    input:
        bounds=kept_bounds(STUDY.experiments),
        runs=rules.theorems.input.runs,
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
        "../../environment.yml"
    params:
        bounds=BOUNDS_CODE,
        code=SHARPENED_CODE,
    message:
        "Judge the sharpened theorems on the runs"
    script:
        "../scripts/sharpened.py"


rule claims:
    input:
        expand(
            f"{RESULTS}/simulate/{{experiment}}.nc",
            experiment=STUDY.claimed_experiments(),
        ),
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
        "../../environment.yml"
    params:
        cells=[one.model_dump(mode="json") for one in STUDY.cells],
        level=STUDY.decision.level if STUDY.decision else None,
        code=code_hash("claims.py"),
    message:
        "Decide every claim"
    script:
        "../scripts/claims.py"


rule costs:
    input:
        results=expand(f"{RESULTS}/simulate/{{experiment}}.nc", experiment=EXACT),
        allocations=kept_allocations(
            sorted(
                {
                    curve.allocation_id
                    for name in EXACT
                    for curve in STUDY.experiments[name].curves
                }
            )
        ),
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
        "../../environment.yml"
    params:
        code=code_hash("costs.py"),
    message:
        "Count what the exact codes and the methods beside them cost"
    script:
        "../scripts/costs.py"


rule losses:
    input:
        rules.theorems.input.runs,
    output:
        report(
            f"{RESULTS}/verify/losses.csv",
            caption="../report/losses.rst",
            category="Verdicts",
        ),
    log:
        f"{RESULTS}/logs/verify/losses.log",
    benchmark:
        f"{RESULTS}/benchmarks/verify/losses.tsv"
    conda:
        "../../environment.yml"
    params:
        times=STUDY.early,
        plateau=STUDY.plateau,
        code=code_hash("losses.py"),
    message:
        "Tabulate the losses of every curve"
    script:
        "../scripts/losses.py"
