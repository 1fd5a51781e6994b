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
