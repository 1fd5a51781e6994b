"""Results of finished runs: intervals, verdicts and tables."""
