def datasets_of(wildcards):
    """Return the data sets that an experiment uses."""
    curves = STUDY.experiments[wildcards.experiment].curves
    return [
        f"{RESULTS}/dataset/{name}.nc"
        for name in sorted({one.dataset for one in curves})
    ]


def allocations_of(wildcards):
    """Return the allocations that an experiment uses."""
    curves = STUDY.experiments[wildcards.experiment].curves
    names = sorted({one.allocation_id for one in curves})
    return [f"{RESULTS}/allocate/{name}.nc" for name in names]


rule simulate:
    input:
        datasets=datasets_of,
        allocations=allocations_of,
    output:
        f"{RESULTS}/simulate/{{experiment}}.nc",
    log:
        f"{RESULTS}/logs/simulate/{{experiment}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/simulate/{{experiment}}.tsv"
    conda:
        "../../environment.yml"
    threads: workflow.cores
    params:
        experiment=lambda wildcards: STUDY.experiments[
            wildcards.experiment
        ].model_dump(mode="json"),
        plugins=STUDY.plugins,
        code=code_hash("simulate.py"),
    message:
        "Simulate all trials of {wildcards.experiment}"
    script:
        "../scripts/simulate.py"
