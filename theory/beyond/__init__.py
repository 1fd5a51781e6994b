"""Results beyond the paper: true constants, and theorems without a condition on C_α."""
