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


rule figures:
    input:
        runs=lambda wildcards: panels_of(wildcards, "simulate"),
        bounds=lambda wildcards: (
            panels_of(wildcards, "bounds") if takes(wildcards, "bounds") else []
        ),
        sharpened=lambda wildcards: (
            panels_of(wildcards, "verify/sharpened")
            if takes(wildcards, "sharpened")
            else []
        ),
        counterexamples=lambda wildcards: (
            [rules.constants.output.counterexamples]
            if takes(wildcards, "counterexamples")
            else []
        ),
        thresholds=lambda wildcards: (
            rules.thresholds.output if takes(wildcards, "thresholds") else []
        ),
    output:
        pdf=f"{RESULTS}/figures/{{figure}}.pdf",
        svg=report(
            f"{RESULTS}/figures/{{figure}}.svg",
            caption="../report/figure.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
        png=f"{RESULTS}/figures/{{figure}}.png",
    log:
        f"{RESULTS}/logs/figures/{{figure}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/figures/{{figure}}.tsv"
    conda:
        "../../environment.yml"
    params:
        draw=lambda wildcards: STUDY.figures[wildcards.figure].draw,
        takes=lambda wildcards: DRAWINGS[STUDY.figures[wildcards.figure].draw],
        options=lambda wildcards: STUDY.figures[wildcards.figure].options,
        caption=lambda wildcards: STUDY.figures[wildcards.figure].caption,
        plateau=STUDY.decision.plateau if STUDY.decision else PLATEAU,
        code=lambda wildcards: code_hash(
            "figures.py", f"paper_figures/{STUDY.figures[wildcards.figure].draw}.py"
        ),
    message:
        "Draw {wildcards.figure}"
    script:
        "../scripts/figures.py"
