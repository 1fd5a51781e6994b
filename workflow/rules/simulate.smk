rule simulate:
    input:
        datasets=datasets_of,
        allocations=allocations_of,
        bounds=scheduled_by,
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
        code=code_hash("gather.py", "workflow/scripts/simulate.py"),
    message:
        "Gather the trials of {wildcards.experiment}"
    script:
        "../scripts/gather.py"
