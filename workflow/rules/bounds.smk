rule bounds:
    output:
        csv=f"{RESULTS}/bounds/table1.csv",
        tex=f"{RESULTS}/bounds/table1.tex",
    log:
        f"{RESULTS}/logs/bounds/table1.log",
    benchmark:
        f"{RESULTS}/benchmarks/bounds/table1.tsv"
    conda:
        "../../environment.yml"
    params:
        settings=STUDY.sizes(),
        code=code_hash("bounds.py"),
    message:
        "Evaluate Table I at the study's N, D and alpha"
    script:
        "../scripts/bounds.py"
