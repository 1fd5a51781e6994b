from paper_figures.report import shown

REPORT = f"{RESULTS}/report"
SHOWN = shown.promised(
    ([shown.OF_CLAIMS] if STUDY.cells else [])
    + ([shown.OF_EXACT_CODES] if EXACT else [])
)
TABLES = shown.files(SHOWN)
PICTURES = [f"figures/{name}.svg" for name in STUDY.figures]
RUNS = [f"simulate/{name}.nc" for name in STUDY.experiments]
REPORTED = dict(
    study=STUDY.name,
    folder=RESULTS,
    tables=TABLES,
    captions={name: figure.caption for name, figure in STUDY.figures.items()},
    experiments=[settings_of(name) for name in STUDY.experiments],
    sizes=STUDY.sizes(),
    assumed=assumptions(STUDY_FILE),
)


rule report:
    input:
        tables=expand(f"{RESULTS}/{{file}}", file=TABLES),
        pictures=expand(f"{RESULTS}/{{file}}", file=PICTURES),
        runs=expand(f"{RESULTS}/{{file}}", file=RUNS),
        templates=sorted((PROJECT / "paper_figures" / "report" / "templates").iterdir()),
    output:
        report(
            f"{REPORT}/index.html",
            caption="../report/report.rst",
            category="Report",
        ),
        f"{REPORT}/report.md",
        f"{REPORT}/tables/numbers.tex",
        [f"{REPORT}/tables/{table.latex}.tex" for table in SHOWN if table.latex],
    log:
        f"{RESULTS}/logs/report/report.log",
    benchmark:
        f"{RESULTS}/benchmarks/report/report.tsv"
    conda:
        "../../environment.yml"
    params:
        reported=REPORTED,
        code=code_hash("report.py"),
    message:
        "Write the report"
    script:
        "../scripts/report.py"
