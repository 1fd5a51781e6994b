rule equations:
    output:
        f"{RESULTS}/verify/equations.csv",
    log:
        f"{RESULTS}/logs/verify/equations.log",
    benchmark:
        f"{RESULTS}/benchmarks/verify/equations.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_hash("equations.py"),
    message:
        "Decide every equation"
    script:
        "../scripts/equations.py"


rule constants:
    output:
        csv=f"{RESULTS}/verify/constants.csv",
        tex=f"{RESULTS}/verify/constants.tex",
        counterexamples=f"{RESULTS}/verify/counterexamples.json",
    log:
        f"{RESULTS}/logs/verify/constants.log",
    benchmark:
        f"{RESULTS}/benchmarks/verify/constants.tsv"
    conda:
        "../../environment.yml"
    params:
        sizes=STUDY.sizes(),
        rules=APPLIED,
        plugins=STUDY.plugins,
        code=code_hash("constants.py"),
    message:
        "Compare the constants of Table I with the truth"
    script:
        "../scripts/constants.py"


rule theorems:
    input:
        bounds=expand(
            f"{RESULTS}/bounds/{{experiment}}.nc", experiment=STUDY.experiments
        ),
        runs=expand(
            f"{RESULTS}/simulate/{{experiment}}.nc", experiment=STUDY.experiments
        ),
    output:
        csv=f"{RESULTS}/verify/theorems.csv",
        tex=f"{RESULTS}/verify/theorems.tex",
    log:
        f"{RESULTS}/logs/verify/theorems.log",
    benchmark:
        f"{RESULTS}/benchmarks/verify/theorems.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_hash("theorems.py"),
    message:
        "Judge the theorems on the runs"
    script:
        "../scripts/theorems.py"


rule sharpened:
    input:
        bounds=rules.theorems.input.bounds,
        runs=rules.theorems.input.runs,
    output:
        csv=f"{RESULTS}/verify/sharpened.csv",
        tex=f"{RESULTS}/verify/sharpened.tex",
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
        code=code_hash("sharpened.py"),
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
        summary=f"{RESULTS}/verify/claims_summary.csv",
        tex=f"{RESULTS}/verify/claims.tex",
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
        allocations=sorted(
            {
                f"{RESULTS}/allocate/{curve.allocation_id}.nc"
                for name in EXACT
                for curve in STUDY.experiments[name].curves
            }
        ),
    output:
        csv=f"{RESULTS}/verify/costs.csv",
        tex=f"{RESULTS}/verify/costs.tex",
    log:
        f"{RESULTS}/logs/verify/costs.log",
    benchmark:
        f"{RESULTS}/benchmarks/verify/costs.tsv"
    conda:
        "../../environment.yml"
    params:
        plugins=STUDY.plugins,
        code=code_hash("costs.py"),
    message:
        "Count what the exact codes and the methods beside them cost"
    script:
        "../scripts/costs.py"
