"""Give a study the verdict on every equation of the paper: the same for all studies."""

from jobs import job

from cradl import files

with job(snakemake, "equations") as running:

    def decided():
        """Return the ledger as CSV; what proves is imported only here."""
        from theory.ledger import ledger, ledger_csv, require_complete

        rows = ledger()
        require_complete(row.equation for row in rows)
        for row in rows:
            running.log.info("%s: %s in %.2f s", row.equation, row.verdict, row.seconds)
        return ledger_csv(rows)

    text = files.kept(snakemake.params.shared, decided, running.warn)
    files.write_text(snakemake.output[0], text)
    running.log.info("kept for all studies: %s", snakemake.params.shared)
