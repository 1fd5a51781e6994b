"""Put a study's figures, smaller, and its numbers into the gallery, with what drew them."""

from pathlib import Path

import pandas as pd
from jobs import job
from PIL import Image

from cradl import store
from cradl.results.tabular import csv_of
from paper_figures.report.page import gallery
from paper_figures.report.pictures import alt_text

DOTS_PER_INCH, OF_RESULTS = 200, 300
# Other methods choose a palette by area, in which the few points of a small marker have no part.
PALETTE = Image.Quantize.MAXCOVERAGE

with job(snakemake, "gallery") as running:
    words = {
        Path(path).stem: alt_text(Path(path).read_text("utf-8")) for path in snakemake.input.svg
    }
    for source, target in zip(snakemake.input.png, snakemake.output.pictures, strict=True):
        with Image.open(source) as drawn:
            width, height = (round(one * DOTS_PER_INCH / OF_RESULTS) for one in drawn.size)
            small = drawn.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
        with store.replacing(target) as temporary:
            small.quantize(256, PALETTE).save(temporary, optimize=True)
    store.write_text(snakemake.output.page, gallery(snakemake.params.figures, words))
    store.write_text(
        snakemake.output.numbers, Path(snakemake.input.numbers).read_text(encoding="utf-8")
    )
    drawn_by = pd.DataFrame(snakemake.params.drawn_by.items(), columns=["figure", "code"])
    store.write_text(snakemake.output.drawn_by, csv_of(drawn_by))
    running.log.info("figures: %d", len(drawn_by))
