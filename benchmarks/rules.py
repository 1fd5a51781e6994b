"""CPU time of the aggregation rules on messages as large as peers publish: byzfl and ours."""

import os

# One thread each for BLAS and OpenMP; read when NumPy is imported, hence before it.
os.environ.update(
    OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", BLIS_NUM_THREADS="1", OMP_NUM_THREADS="1"
)

SIZES = ((64, 65536), (80, 65536), (1000, 10000))
"""(N, D)."""
