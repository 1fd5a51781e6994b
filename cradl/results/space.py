"""How much room the results of a study take."""

from collections.abc import Collection

from cradl.config.model import Study
from cradl.series import DIAGNOSTICS, SERIES

_NUMBER = 8
_BESIDE = 20 << 20
"""Bytes of figures, tables and report of a study of one experiment, and about what each adds."""


def expected_bytes(study: Study, products: Collection[str]) -> int:
    """Return about how many bytes some products of a study take, rather too many than too few.

    Parameters
    ----------
    products
        Paths below the study's results, such as ``simulate/fig2a.nc``; others count for little.
    """
    total = _BESIDE
    for name in study.datasets:
        if f"dataset/{name}.nc" in products:
            request = study.dataset_request(name)
            m, D = request["parameters"]["m"], request["parameters"]["D"]
            total += request["draws"] * m * (D + len(request["sigma_h"])) * _NUMBER
    for name, request in study.allocation_requests().items():
        if f"allocate/{name}.nc" in products:
            # Zeros and ones: packed by the store.
            total += request["draws"] * request["N"] * request["M"] // 4
    for name, experiment in study.experiments.items():
        if f"simulate/{name}.nc" not in products:
            continue
        series = len(SERIES) + (len(DIAGNOSTICS) if experiment.diagnostics else 0)
        for curve in experiment.curves:
            D = study.datasets[curve.dataset].dimension
            of_iteration = series + ((curve.N + 2) * D + curve.N if experiment.messages else 0)
            runs = experiment.trials * (experiment.T + 1)
            total += runs * of_iteration * _NUMBER
    return total
