REPORT = f"{RESULTS}/report"
# What the report shows, by the name of its file below the study's results.
TABLES = [
    "bounds/table1.csv",
    "verify/equations.csv",
    "verify/constants.csv",
    "verify/theorems.csv",
    "verify/sharpened.csv",
    "verify/losses.csv",
    *(["verify/claims.csv", "verify/claims_summary.csv"] if STUDY.cells else []),
    *(["verify/costs.csv"] if EXACT else []),
]
PICTURES = [f"figures/{name}.svg" for name in STUDY.figures]
RUNS = [f"simulate/{name}.nc" for name in STUDY.experiments]
REPORTED = dict(
    study=STUDY.name,
    folder=RESULTS,
    tables=TABLES,
    captions={name: one.caption for name, one in STUDY.figures.items()},
    experiments=[settings_of(name) for name in STUDY.experiments],
    sizes=STUDY.sizes(),
    assumed=assumptions(STUDY_FILE),
)
# Every table in LaTeX, by what it is made of.
LATEX = {
    "table1": "bounds/table1.csv",
    "truth": "verify/constants.csv",
    "constants": "verify/constants.csv",
    "theorems": "verify/theorems.csv",
    "sharpened": "verify/sharpened.csv",
    "losses": "verify/losses.csv",
    "claims": "verify/claims_summary.csv",
    "costs": "verify/costs.csv",
}


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
        [
            f"{REPORT}/tables/{name}.tex"
            for name, source in LATEX.items()
            if source in TABLES
        ],
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
