"""What the statements say of measured runs: hypotheses, both sides, verdicts."""
