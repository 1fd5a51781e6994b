# One job, as for the data sets.
rule allocate:
    output:
        update(
            expand(
                f"{RESULTS}/allocate/{{allocation}}.nc",
                allocation=ALLOCATION_REQUESTS,
            )
        ),
    log:
        f"{RESULTS}/logs/allocate.log",
    benchmark:
        f"{RESULTS}/benchmarks/allocate.tsv"
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        requests=ALLOCATION_REQUESTS,
        code=DRAWN_BY["allocate"],
    message:
        "Draw the allocations"
    script:
        "../scripts/allocate.py"
