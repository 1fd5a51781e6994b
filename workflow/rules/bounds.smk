# One job for all experiments, as for the data sets. Those whose learning rates a theorem sets wait
# for it: their settings, draws and the theory's source are parameters of their own jobs.
rule bounds:
    input:
        datasets=kept_datasets(STUDY.datasets),
        allocations=kept_allocations(ALLOCATION_REQUESTS),
    output:
        spreads=update(
            expand(f"{RESULTS}/bounds/spreads/{{pair}}.nc", pair=STUDY.pair_requests())
        ),
        bounds=update(
            expand(f"{RESULTS}/bounds/{{experiment}}.nc", experiment=STUDY.experiments)
        ),
    log:
        f"{RESULTS}/logs/bounds/bounds.log",
    benchmark:
        f"{RESULTS}/benchmarks/bounds/bounds.tsv"
    conda:
        "../../environment.yml"
    threads: CORES
    params:
        experiments={name: settings_of(name) for name in STUDY.experiments},
        draws={name: draws_of(name) for name in STUDY.experiments},
        pairs=STUDY.pair_requests(),
        spreads_code=SPREADS_CODE,
        code=BOUNDS_CODE,
    message:
        "Evaluate the theorems for every experiment"
    script:
        "../scripts/bounds.py"
