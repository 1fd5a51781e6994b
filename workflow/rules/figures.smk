rule thresholds:
    output:
        # No experiment can have a name with a dot.
        f"{RESULTS}/bounds/table1.thresholds.nc",
    log:
        f"{RESULTS}/logs/bounds/table1.thresholds.log",
    benchmark:
        f"{RESULTS}/benchmarks/bounds/table1.thresholds.tsv"
    conda:
        "../../environment.yml"
    params:
        sizes=sorted({(N, D) for N, _, D in STUDY.sizes()}),
        code=code_hash("thresholds.py"),
    message:
        "Evaluate the threshold on C_alpha over alpha and r/M"
    script:
        "../scripts/thresholds.py"


# A job draws all the figures of a module: it imports, reads and summarises once for them.
for DRAW in dict.fromkeys(one.draw for one in STUDY.figures.values()):
    DRAWN = drawn_by(DRAW)
    TAKES = DRAWINGS[DRAW]

    rule:
        name:
            f"figures_{DRAW}"
        input:
            runs=expand(
                f"{RESULTS}/simulate/{{experiment}}.nc", experiment=panels_of(DRAWN)
            ),
            bounds=kept_bounds(panels_of(DRAWN)) if "bounds" in TAKES else [],
            sharpened=kept_sides(panels_of(DRAWN)) if "sharpened" in TAKES else [],
            counterexamples=(
                [rules.constants.output.counterexamples]
                if "counterexamples" in TAKES
                else []
            ),
            thresholds=rules.thresholds.output if "thresholds" in TAKES else [],
        output:
            expand(
                f"{RESULTS}/figures/{{figure}}.{{format}}",
                figure=DRAWN,
                format=["png", "pdf"],
            ),
            [
                report(
                    f"{RESULTS}/figures/{figure}.svg",
                    caption="../report/figure.rst",
                    category="Figures",
                    labels={"figure": figure},
                )
                for figure in DRAWN
            ],
        log:
            f"{RESULTS}/logs/figures/{DRAW}.log",
        benchmark:
            f"{RESULTS}/benchmarks/figures/{DRAW}.tsv"
        conda:
            "../../environment.yml"
        params:
            draw=DRAW,
            takes=TAKES,
            figures={name: one.model_dump(mode="json") for name, one in DRAWN.items()},
            plateau=STUDY.plateau,
            made_by=(
                [BOUNDS_CODE, SHARPENED_CODE]
                if {"bounds", "sharpened"} & {*TAKES}
                else []
            ),
            code=code_hash("figures.py", f"paper_figures/figures/{DRAW}.py"),
        message:
            f"Draw {', '.join(DRAWN)}"
        script:
            "../scripts/figures.py"
