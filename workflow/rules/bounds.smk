# Without the theory, those alone whose learning rates a theorem sets.
EVALUATED = [name for name in STUDY.experiments if STUDY.theory or scheduled(name)]
PAIRS = STUDY.pair_requests() if EVALUATED else {}
for PAIR, REQUEST in PAIRS.items():
    promise(f"bounds/spreads/{PAIR}.nc", settings=REQUEST, source=SPREADS_CODE)
for NAME in EVALUATED:
    promise(
        f"bounds/{NAME}.nc",
        settings=settings_of(NAME) | {"draws": draws_of(NAME)},
        source=BOUNDS_CODE,
    )
BOUNDED = [
    *products("bounds/spreads", PAIRS),
    *products("bounds", EVALUATED),
]


# One job for all experiments, as for the data sets. Those whose learning rates a theorem sets wait
# for it: their settings, draws and the theory's source are parameters of their own jobs.
rule bounds:
    input:
        datasets=inputs(products("dataset", STUDY.datasets), BOUNDED),
        allocations=inputs(products("allocate", ALLOCATION_REQUESTS), BOUNDED),
        again=again(*BOUNDED),
    output:
        spreads=update(expand(f"{RESULTS}/bounds/spreads/{{pair}}.nc", pair=PAIRS)),
        bounds=update(
            expand(f"{RESULTS}/bounds/{{experiment}}.nc", experiment=EVALUATED)
        ),
    log:
        f"{RESULTS}/logs/bounds/bounds.log",
    benchmark:
        f"{RESULTS}/benchmarks/bounds/bounds.tsv"
    conda:
        ENVIRONMENT
    threads: CORES
    params:
        experiments={name: settings_of(name) for name in EVALUATED},
        draws={name: draws_of(name) for name in EVALUATED},
        pairs=PAIRS,
        spreads_code=SPREADS_CODE,
        code=BOUNDS_CODE,
        made=made(*BOUNDED),
    message:
        "Evaluate the theorems for every experiment"
    script:
        "../scripts/bounds.py"
