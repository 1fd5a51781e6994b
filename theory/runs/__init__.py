"""Judge the statements on measured runs: hypotheses, both sides, verdicts."""
