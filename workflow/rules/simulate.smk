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


def experiment_of(wildcards):
    """Return what an experiment's results depend on; how it is split is not part of that."""
    return STUDY.experiments[wildcards.experiment].model_dump(
        mode="json", exclude={"chunks"}
    )


rule simulate:
    input:
        datasets=datasets_of,
        allocations=allocations_of,
    output:
        temp(f"{RESULTS}/simulate/parts/{{experiment}}/{{part}}.nc"),
    log:
        f"{RESULTS}/logs/simulate/{{experiment}}/{{part}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/simulate/{{experiment}}/{{part}}.tsv"
    conda:
        "../../environment.yml"
    params:
        experiment=experiment_of,
        trials=lambda wildcards: STUDY.experiments[wildcards.experiment].parts()[
            wildcards.part
        ],
        plugins=STUDY.plugins,
        code=code_hash("simulate.py"),
    message:
        "Simulate {wildcards.experiment}, trials {wildcards.part}"
    script:
        "../scripts/simulate.py"


rule gather:
    input:
        lambda wildcards: expand(
            f"{RESULTS}/simulate/parts/{wildcards.experiment}/{{part}}.nc",
            part=STUDY.experiments[wildcards.experiment].parts(),
        ),
    output:
        f"{RESULTS}/simulate/{{experiment}}.nc",
    log:
        f"{RESULTS}/logs/simulate/{{experiment}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/simulate/{{experiment}}.tsv"
    conda:
        "../../environment.yml"
    params:
        experiment=experiment_of,
        code=code_hash("simulate.py"),
    message:
        "Gather the trials of {wildcards.experiment}"
    script:
        "../scripts/gather.py"
