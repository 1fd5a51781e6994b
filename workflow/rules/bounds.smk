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
