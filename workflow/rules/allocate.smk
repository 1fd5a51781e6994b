for ALLOCATION, REQUEST in ALLOCATION_REQUESTS.items():
    promise(f"allocate/{ALLOCATION}.nc", settings=REQUEST, source=DRAWN_BY["allocate"])


# One job, as for the data sets.
rule allocate:
    input:
        again=again(*products("allocate", ALLOCATION_REQUESTS)),
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
        ENVIRONMENT
    threads: CORES
    params:
        requests=ALLOCATION_REQUESTS,
        code=DRAWN_BY["allocate"],
        made=made(*products("allocate", ALLOCATION_REQUESTS)),
    message:
        "Draw the allocations"
    script:
        "../scripts/allocate.py"
