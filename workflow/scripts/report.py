"""Write the report of a study."""

from jobs import job
from reporting import write_report

with job(snakemake, "report") as running:
    content = write_report(snakemake.params.reported)
    running.log.info("headline numbers: %d", len(content.headlines))
    if content.missing:
        raise FileNotFoundError(f"need every result of the study, got no {content.missing[0]}")
