rule allocate:
    output:
        f"{RESULTS}/allocate/{{allocation}}.nc",
    log:
        f"{RESULTS}/logs/allocate/{{allocation}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/allocate/{{allocation}}.tsv"
    conda:
        "../../environment.yml"
    params:
        request=lambda wildcards: STUDY.allocation_requests()[wildcards.allocation],
        plugins=STUDY.plugins,
        code=code_hash("allocate.py"),
    message:
        "Draw the allocation {wildcards.allocation}"
    script:
        "../scripts/allocate.py"
