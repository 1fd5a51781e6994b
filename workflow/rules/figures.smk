PLACES = sorted({(N, D) for N, _, D in STUDY.sizes()})
# No experiment can have a name with a dot.
THRESHOLDS = "bounds/table1.thresholds.nc"
if any("thresholds" in DRAWINGS[one.draw] for one in STUDY.figures.values()):
    promise(THRESHOLDS, settings={"sizes": PLACES}, source=code_hash("thresholds.py"))


rule thresholds:
    input:
        again=again(THRESHOLDS),
    output:
        f"{RESULTS}/{THRESHOLDS}",
    log:
        f"{RESULTS}/logs/bounds/table1.thresholds.log",
    benchmark:
        f"{RESULTS}/benchmarks/bounds/table1.thresholds.tsv"
    conda:
        ENVIRONMENT
    params:
        sizes=PLACES,
        code=code_hash("thresholds.py"),
        made=made(THRESHOLDS),
    message:
        "Evaluate the threshold on C_alpha over alpha and r/M"
    script:
        "../scripts/thresholds.py"


# A job draws all the figures of a module: it imports, reads and summarises once for them.
for DRAW in dict.fromkeys(one.draw for one in STUDY.figures.values()):
    DRAWN = drawn_by(DRAW)
    TAKES = DRAWINGS[DRAW]
    PANELS = panels_of(DRAWN)
    PICTURES = [
        f"figures/{figure}.{format}" for figure in DRAWN for format in FIGURE_FORMATS
    ]
    DRAWN_FROM = {
        "runs": products("simulate", PANELS),
        "bounds": products("bounds", PANELS) if "bounds" in TAKES else [],
        "sharpened": (
            products("verify/sharpened", PANELS) if "sharpened" in TAKES else []
        ),
        "counterexamples": CONSTANTS[1:2] if "counterexamples" in TAKES else [],
        "thresholds": [THRESHOLDS] if "thresholds" in TAKES else [],
        "leaderboards": [shown.LEADERBOARDS] if "leaderboard" in TAKES else [],
    }
    LOOKS = {
        "figures": {name: one.model_dump(mode="json") for name, one in DRAWN.items()},
        "plateau": STUDY.plateau,
    }
    promise(
        *PICTURES,
        settings=LOOKS,
        source=drawing_code(DRAW),
        inputs=sorted({*chain(*DRAWN_FROM.values())}),
    )

    rule:
        name:
            f"figures_{DRAW}"
        input:
            **{name: inputs(of, PICTURES) for name, of in DRAWN_FROM.items()},
            again=again(*PICTURES),
        output:
            expand(
                f"{RESULTS}/figures/{{figure}}.{{format}}",
                figure=DRAWN,
                format=["png", "pdf", "csv"],
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
            ENVIRONMENT
        params:
            **LOOKS,
            draw=DRAW,
            takes=TAKES,
            made=made(*PICTURES),
        message:
            f"Draw {', '.join(DRAWN)}"
        script:
            "../scripts/figures.py"
