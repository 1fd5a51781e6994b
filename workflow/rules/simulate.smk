rule simulate:
    input:
        datasets=lambda wildcards: datasets_of(wildcards.experiment),
        allocations=lambda wildcards: allocations_of(wildcards.experiment),
        bounds=lambda wildcards: scheduled_by(wildcards.experiment),
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
        "../../environment.yml"
    # Experiments run beside each other; where there are fewer than cores, each takes several.
    threads: -(-CORES // len(STUDY.experiments))
    params:
        experiment=lambda wildcards: settings_of(wildcards.experiment),
        trials=lambda wildcards: (0, STUDY.experiments[wildcards.experiment].trials),
        draws=lambda wildcards: draws_of(wildcards.experiment),
        rates=lambda wildcards: (
            BOUNDS_CODE if scheduled_by(wildcards.experiment) else None
        ),
        code=SIMULATE_CODE,
    message:
        "Simulate {wildcards.experiment}"
    script:
        "../scripts/simulate.py"


# For clusters: `chunks` jobs for the trials of an experiment, on any machine.
use rule simulate as simulate_part with:
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
        draws=lambda wildcards: draws_of(wildcards.experiment),
        rates=lambda wildcards: (
            BOUNDS_CODE if scheduled_by(wildcards.experiment) else None
        ),
        code=SIMULATE_CODE,
    message:
        "Simulate {wildcards.experiment}, trials {wildcards.part}"


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
    wildcard_constraints:
        experiment=one_of(filter(in_parts, STUDY.experiments)),
    conda:
        "../../environment.yml"
    params:
        experiment=lambda wildcards: settings_of(wildcards.experiment),
        draws=lambda wildcards: draws_of(wildcards.experiment),
        # As that of the simulation: joined stores are those of one part.
        code=SIMULATE_CODE,
        gather=code_hash("gather.py"),
    message:
        "Gather the trials of {wildcards.experiment}"
    script:
        "../scripts/gather.py"
