rule figures:
    input:
        lambda wildcards: expand(
            f"{RESULTS}/simulate/{{experiment}}.nc",
            experiment=STUDY.figures[wildcards.figure].experiments,
        ),
    output:
        expand(f"{RESULTS}/figures/{{{{figure}}}}.{{format}}", format=FIGURE_FORMATS),
    log:
        f"{RESULTS}/logs/figures/{{figure}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/figures/{{figure}}.tsv"
    conda:
        "../../environment.yml"
    params:
        draw=lambda wildcards: STUDY.figures[wildcards.figure].draw,
        options=lambda wildcards: STUDY.figures[wildcards.figure].options,
        code=lambda wildcards: code_hash(
            "figures.py", f"paper_figures/{STUDY.figures[wildcards.figure].draw}.py"
        ),
    message:
        "Draw {wildcards.figure}"
    script:
        "../scripts/figures.py"
