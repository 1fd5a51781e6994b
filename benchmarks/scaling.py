"""Time and memory of a run against N, D, M and r; see benchmarks/README.md."""
