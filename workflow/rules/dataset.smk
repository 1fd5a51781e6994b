rule dataset:
    output:
        f"{RESULTS}/dataset/{{dataset}}.nc",
    log:
        f"{RESULTS}/logs/dataset/{{dataset}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/dataset/{{dataset}}.tsv"
    conda:
        "../../environment.yml"
    params:
        request=lambda wildcards: STUDY.dataset_request(wildcards.dataset),
        plugins=STUDY.plugins,
        code=code_hash("dataset.py"),
    message:
        "Draw the data set {wildcards.dataset} and its constants L and F*"
    script:
        "../scripts/dataset.py"
