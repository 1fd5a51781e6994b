rule table1:
    output:
        f"{RESULTS}/bounds/table1.csv",
    log:
        f"{RESULTS}/logs/bounds/table1.log",
    benchmark:
        f"{RESULTS}/benchmarks/bounds/table1.tsv"
    conda:
        "../../environment.yml"
    params:
        settings=STUDY.sizes(),
        code=code_hash("table1.py"),
    message:
        "Evaluate Table I at the study's N, D and alpha"
    script:
        "../scripts/table1.py"


rule bounds:
    input:
        datasets=datasets_of,
        allocations=allocations_of,
    output:
        f"{RESULTS}/bounds/{{experiment}}.nc",
    log:
        f"{RESULTS}/logs/bounds/{{experiment}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/bounds/{{experiment}}.tsv"
    conda:
        "../../environment.yml"
    params:
        experiment=experiment_of,
        plugins=STUDY.plugins,
        code=code_hash("bounds.py"),
    message:
        "Evaluate the theorems for {wildcards.experiment}"
    script:
        "../scripts/bounds.py"
