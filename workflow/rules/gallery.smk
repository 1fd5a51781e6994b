# Not part of a study: `snakemake gallery` puts its figures, smaller, and its numbers into the
# project's documents, whose tests compare what is said there with them.
rule gallery:
    input:
        png=expand(f"{RESULTS}/figures/{{figure}}.png", figure=STUDY.figures),
        svg=expand(f"{RESULTS}/figures/{{figure}}.svg", figure=STUDY.figures),
        numbers=f"{RESULTS}/report/numbers.csv",
    output:
        page=f"{GALLERY}/README.md",
        drawn_by=f"{GALLERY}/drawn_by.csv",
        numbers=f"{GALLERY}/numbers.csv",
        pictures=[f"{GALLERY}/{figure}.png" for figure in STUDY.figures],
    log:
        f"{RESULTS}/logs/gallery/gallery.log",
    benchmark:
        f"{RESULTS}/benchmarks/gallery/gallery.tsv"
    conda:
        ENVIRONMENT
    params:
        figures={name: one.model_dump() for name, one in STUDY.figures.items()},
        drawn_by={name: drawing_hash(one.draw) for name, one in STUDY.figures.items()},
        code=code_hash("gallery.py"),
    message:
        "Put the figures of {STUDY.name} into the gallery"
    script:
        "../scripts/gallery.py"
