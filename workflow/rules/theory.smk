OF_BOUNDS = products("bounds", STUDY.experiments)
SIDES = products("verify/sharpened", STUDY.experiments)
CONSTANTS = [
    "verify/constants.csv",
    "verify/counterexamples.json",
    "bounds/table1.csv",
]

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
