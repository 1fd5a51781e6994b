"""What holds beyond the paper: true constants, and theorems that ask nothing of C_α."""
