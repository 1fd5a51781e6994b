REPORT = f"{RESULTS}/report"
TEMPLATES = sorted((PROJECT / "paper_figures" / "report" / "templates").iterdir())
SHOWN = shown.promised(
    ([shown.OF_CLAIMS] if STUDY.cells else [])
    + ([shown.OF_LEADERBOARDS] if STUDY.leaderboards else [])
    + ([shown.OF_EXACT_CODES] if EXACT else [])
    + ([shown.OF_THEORY] if STUDY.theory else [])
)
COMPARED = groups(
    {
        name: [curve.label for curve in one.curves]
        for name, one in STUDY.experiments.items()
    }
)
TABLES = [*shown.files(SHOWN), shown.OUTCOMES, shown.RATIOS]
WRITTEN = [
    "report/index.html",
    "report/report.md",
    "report/numbers.csv",
    "report/tables/numbers.tex",
    *[
        f"report/tables/{name}.tex"
        for name in [*COMPARED, *(table.latex for table in SHOWN if table.latex)]
    ],
]
REPORTED = dict(
    study=STUDY.name,
    folder=RESULTS,
    tables=TABLES,
    figures={
        name: figure.model_dump(mode="json", exclude={"options"})
        for name, figure in STUDY.figures.items()
    },
    experiments=[settings_of(name) for name in STUDY.experiments],
    sizes=STUDY.sizes(),
    assumed=in_force(assumptions(STUDY_FILE), STUDY),
    plugins=plugin_hashes(),
)
promise(
    *WRITTEN,
    settings={name: one for name, one in REPORTED.items() if name != "folder"},
    source=code_hash("report.py", *TEMPLATES),
    inputs=[*TABLES, *products("figures", STUDY.figures, "svg"), *OF_RUNS],
)


rule report:
    input:
        tables=inputs(TABLES, WRITTEN),
        pictures=inputs(products("figures", STUDY.figures, "svg"), WRITTEN),
        runs=inputs(OF_RUNS, WRITTEN),
        again=again(*WRITTEN),
    output:
        report(
            f"{REPORT}/index.html",
            caption="../report/report.rst",
            category="Report",
        ),
        [f"{RESULTS}/{file}" for file in WRITTEN[1:]],
    log:
        f"{RESULTS}/logs/report/report.log",
    benchmark:
        f"{RESULTS}/benchmarks/report/report.tsv"
    conda:
        ENVIRONMENT
    params:
        reported=REPORTED,
        made=made(*WRITTEN),
    message:
        "Write the report"
    script:
        "../scripts/report.py"
