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
