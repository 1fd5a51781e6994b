"""Write the report of a study."""

from joblog import logged
from reporting import write_report

with logged(snakemake.log[0], "report") as log:
    content = write_report(snakemake.params.reported)
    log.info("headline numbers: %d", len(content.headlines))
    if content.missing:
        raise FileNotFoundError(f"need every result of the study, got no {content.missing[0]}")
