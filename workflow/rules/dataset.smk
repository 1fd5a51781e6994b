for DATASET, REQUEST in DATASET_REQUESTS.items():
    promise(f"dataset/{DATASET}.nc", settings=REQUEST, source=DRAWN_BY["dataset"])


# One job draws what is not there as the study wants it: each data set takes less than a start.
rule dataset:
    input:
        again=again(*products("dataset", STUDY.datasets)),
    output:
        update(expand(f"{RESULTS}/dataset/{{dataset}}.nc", dataset=STUDY.datasets)),
    log:
        f"{RESULTS}/logs/dataset.log",
    benchmark:
        f"{RESULTS}/benchmarks/dataset.tsv"
    conda:
        ENVIRONMENT
    threads: CORES
    params:
        requests=DATASET_REQUESTS,
        code=DRAWN_BY["dataset"],
        steps=[tuple(one) for one in STEPS],
        made=made(*products("dataset", STUDY.datasets)),
    message:
        "Draw the data sets and their constants L and F*"
    script:
        "../scripts/dataset.py"
