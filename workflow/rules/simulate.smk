promise_runs()


rule simulate:
    input:
        datasets=run_inputs(datasets_of),
        allocations=run_inputs(allocations_of),
        bounds=run_inputs(rates_of),
        again=lambda wildcards: again(f"simulate/{wildcards.experiment}.nc"),
    output:
        f"{RESULTS}/simulate/{{experiment}}.nc",
    log:
        f"{RESULTS}/logs/simulate/{{experiment}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/simulate/{{experiment}}.tsv"
    wildcard_constraints:
        experiment=one_of(name for name in STUDY.experiments if not in_parts(name)),
    # The longest first: at the end no core waits for one that came last.
    priority: lambda wildcards: work_of(wildcards.experiment)
    conda:
        ENVIRONMENT
    # Experiments run beside each other; where there are fewer than cores, each takes several.
    threads: -(-CORES // len(STUDY.experiments))
    params:
        experiment=lambda wildcards: settings_of(wildcards.experiment),
        trials=lambda wildcards: (0, STUDY.experiments[wildcards.experiment].trials),
        code=SIMULATE_CODE,
        steps=lambda wildcards: steps_of(wildcards.experiment),
        made=lambda wildcards: made(f"simulate/{wildcards.experiment}.nc"),
    message:
        "Simulate {wildcards.experiment}"
    script:
        "../scripts/simulate.py"


# For clusters: `chunks` jobs for the trials of an experiment, on any machine.
use rule simulate as simulate_part with:
    input:
        datasets=run_inputs(datasets_of),
        allocations=run_inputs(allocations_of),
        bounds=run_inputs(rates_of),
        again=lambda wildcards: again(
            f"simulate/parts/{wildcards.experiment}/{wildcards.part}.nc"
        ),
    output:
        temp(f"{RESULTS}/simulate/parts/{{experiment}}/{{part}}.nc"),
    log:
        f"{RESULTS}/logs/simulate/{{experiment}}/{{part}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/simulate/{{experiment}}/{{part}}.tsv"
    wildcard_constraints:
        experiment=one_of(filter(in_parts, STUDY.experiments)),
    params:
        experiment=lambda wildcards: settings_of(wildcards.experiment),
        trials=lambda wildcards: STUDY.experiments[wildcards.experiment].parts()[
            wildcards.part
        ],
        code=SIMULATE_CODE,
        steps=lambda wildcards: steps_of(wildcards.experiment),
        made=lambda wildcards: made(
            f"simulate/parts/{wildcards.experiment}/{wildcards.part}.nc"
        ),
    message:
        "Simulate {wildcards.experiment}, trials {wildcards.part}"


rule gather:
    input:
        parts=lambda wildcards: inputs(
            products(
                f"simulate/parts/{wildcards.experiment}",
                STUDY.experiments[wildcards.experiment].parts(),
            ),
            [f"simulate/{wildcards.experiment}.nc"],
        ),
        again=lambda wildcards: again(f"simulate/{wildcards.experiment}.nc"),
    output:
        f"{RESULTS}/simulate/{{experiment}}.nc",
    log:
        f"{RESULTS}/logs/simulate/{{experiment}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/simulate/{{experiment}}.tsv"
    wildcard_constraints:
        experiment=one_of(filter(in_parts, STUDY.experiments)),
    conda:
        ENVIRONMENT
    params:
        experiment=lambda wildcards: settings_of(wildcards.experiment),
        # As that of the simulation: joined stores are those of one part.
        code=SIMULATE_CODE,
        made=lambda wildcards: made(f"simulate/{wildcards.experiment}.nc"),
    message:
        "Gather the trials of {wildcards.experiment}"
    script:
        "../scripts/gather.py"
