"""What is made of finished runs: intervals, verdicts and tables."""
