# The data flow, in order: config -> dataset -> allocate -> bounds -> simulate -> verify -> figures.
# A study given with --configfile runs alone; without one, config/paper.yaml runs.


include: "workflow/rules/common.smk"


localrules:
    all,


rule all:
    default_target: True
    input:
        f"{RESULTS}/bounds/table1.csv",
        f"{RESULTS}/bounds/table1.tex",
        expand(
            f"{RESULTS}/figures/{{figure}}.{{format}}",
            figure=STUDY.figures,
            format=FIGURE_FORMATS,
        ),
        expand(f"{RESULTS}/simulate/{{experiment}}.nc", experiment=STUDY.experiments),
        f"{RESULTS}/verify/equations.csv",
        expand(
            f"{RESULTS}/verify/{{table}}.{{end}}",
            table=["constants", "theorems", "sharpened"],
            end=["csv", "tex"],
        ),
        f"{RESULTS}/verify/claims.csv" if STUDY.cells else [],
        expand(f"{RESULTS}/verify/costs.{{end}}", end=["csv", "tex"] if EXACT else []),
    message:
        "Study {STUDY.name} is complete: see {RESULTS}"


include: "workflow/rules/dataset.smk"
include: "workflow/rules/allocate.smk"
include: "workflow/rules/bounds.smk"
include: "workflow/rules/simulate.smk"
include: "workflow/rules/verify.smk"
include: "workflow/rules/figures.smk"
