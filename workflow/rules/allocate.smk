# One job, as for the data sets.
rule allocate:
    output:
        update(
            expand(
                f"{RESULTS}/allocate/{{allocation}}.nc",
                allocation=STUDY.allocation_requests(),
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
        requests=STUDY.allocation_requests(),
        code=DRAWN_BY["allocate"],
    message:
        "Draw the allocations"
    script:
        "../scripts/allocate.py"
