"""Large problems: iterative constants against decompositions; peak memory against the designs."""

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import scipy.optimize

from cradl import load_study, simulate, store
from cradl.allocation import allocations
from cradl.datasets import GaussianLinear, dataset, gaussian_linear
from cradl.engine.objectives import padded_rows
from cradl.losses import constants
from cradl.numerics import iterative
from cradl.problems import PROBLEMS


def with_singular_values(m, D, sizes, seed=0):
    """Return Z (m, D) whose positive singular values are `sizes`."""
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.standard_normal((side, len(sizes))))[0] for side in (m, D))
    return (left * sizes) @ right.T


SPECTRA = {
    "random tall": np.random.default_rng(1).standard_normal((400, 150)),
    "random wide": np.random.default_rng(2).standard_normal((150, 400)),
    "random square": np.random.default_rng(3).standard_normal((300, 300)),
    "clustered top": with_singular_values(
        400, 200, np.sqrt(1 - np.concatenate([np.arange(20) * 1e-12, np.linspace(0.1, 0.9, 180)]))
    ),
    "repeated top": with_singular_values(300, 120, np.repeat([3.0, 1.0], [60, 60])),
    "all equal": with_singular_values(200, 100, np.full(100, 7.0)),
    "rank one": with_singular_values(200, 100, np.array([2.0])),
    "rank deficient": with_singular_values(300, 150, np.geomspace(1e3, 1e-3, 40)),
    "ill-conditioned": with_singular_values(300, 120, np.geomspace(1.0, 1e-7, 120)),
    "tiny": 1e-60 * np.random.default_rng(4).standard_normal((80, 40)),
    "huge": 1e60 * np.random.default_rng(5).standard_normal((80, 40)),
    "few columns": np.random.default_rng(6).standard_normal((500, 2)),
}


@pytest.fixture
def no_dense(monkeypatch):
    """Let every size count as too large to decompose."""
    monkeypatch.setattr(constants, "DENSE", 0)


@pytest.mark.parametrize("name", SPECTRA)
def test_the_largest_eigenvalue_is_that_of_the_singular_values(name):
    exact = np.linalg.svd(SPECTRA[name], compute_uv=False)[0] ** 2
    found, residual = iterative.largest_eigenvalue(SPECTRA[name])
    assert found == pytest.approx(exact, rel=1e-10)
    assert residual <= iterative.LANCZOS_TOLERANCE * found
    assert abs(found - exact) <= residual + 1e-12 * exact


def test_the_largest_eigenvalue_of_zeros_is_zero():
    assert iterative.largest_eigenvalue(np.zeros((30, 20))) == (0.0, 0.0)


@pytest.mark.usefixtures("no_dense")
@pytest.mark.parametrize("name", SPECTRA)
def test_no_smoothness_is_below_the_one_of_a_decomposition(name):
    exact = np.linalg.svd(SPECTRA[name], compute_uv=False)[0] ** 2
    for problem, share in (("least_squares", 1), ("logistic", 0.25), ("robust_regression", 1)):
        found = PROBLEMS[problem].smoothness(SPECTRA[name])
        assert share * exact * (1 - 1e-13) <= found
        assert found <= share * exact * (1 + 2 * iterative.LANCZOS_TOLERANCE + 1e-13)


@pytest.mark.parametrize("name", SPECTRA)
def test_the_least_eigenvalue_is_never_overestimated(name):
    Z = SPECTRA[name]
    m, D = Z.shape
    sizes = np.linalg.svd(Z, compute_uv=False)
    exact = sizes[-1] ** 2 if m >= D else 0.0
    found = iterative.least_eigenvalue(Z)
    assert 0 <= found <= exact
    if m > D and sizes[-1] > 1e-3 * sizes[0]:
        assert found >= 0.8 * exact
    else:
        assert found == 0.0


@pytest.mark.usefixtures("no_dense")
@pytest.mark.parametrize("name", [name for name in SPECTRA if name not in {"tiny", "huge"}])
def test_the_bounds_of_the_minimum_hold_the_one_of_a_decomposition(name):
    Z = SPECTRA[name]
    y = np.random.default_rng(9).standard_normal(len(Z))
    left, sizes, _ = np.linalg.svd(Z, full_matrices=False)
    range_of = left[:, sizes > sizes[0] * max(Z.shape) * np.finfo(float).eps]
    exact = 0.5 * ((y - range_of @ (range_of.T @ y)) ** 2).sum()
    lower, gap = PROBLEMS["least_squares"].minimum(Z, y)
    assert lower <= exact + 1e-10
    assert exact <= lower + gap + 1e-10
    curved = PROBLEMS["least_squares"].strong_convexity(Z)
    assert gap <= 1e-12 * exact if curved else lower == 0


@pytest.mark.usefixtures("no_dense")
def test_a_fit_that_is_not_finished_widens_the_gap(monkeypatch):
    monkeypatch.setattr(iterative, "_FIT_STEPS", 4)
    Z = SPECTRA["random tall"]
    y = np.random.default_rng(9).standard_normal(len(Z))
    exact = 0.5 * np.linalg.lstsq(Z, y)[1][0]
    lower, gap = PROBLEMS["least_squares"].minimum(Z, y)
    assert lower < exact < lower + gap
    assert gap > 1e-6 * exact


@pytest.mark.parametrize("equal", [True, False])
def test_heterogeneity_is_the_same_in_blocks(monkeypatch, equal):
    """All H_k equal by different blocks: Z_k = Q_k Z_0 with signed permutations Q_k."""
    rng = np.random.default_rng(0)
    M, n, D = 12, 3, 7
    base = rng.integers(-3, 4, (n, D)).astype(float)
    blocks = np.array([rng.choice([-1, 1], (n, 1)) * base[rng.permutation(n)] for _ in range(M)])
    if not equal:
        blocks[-1, 0, -1] += 1
    responses = rng.standard_normal(M * n)
    monkeypatch.setattr("cradl.arrays._BLOCK", 2 * D)
    designs = blocks.reshape(-1, D)
    found = PROBLEMS["least_squares"].heterogeneity(designs, responses, M)
    if not equal:
        assert found == (np.inf, np.inf)
        return
    # u_k at x = 0, by a loop.
    pulls = np.array([-Z.T @ y for Z, y in zip(blocks, responses.reshape(M, n), strict=True)])
    squares = ((pulls - pulls.mean(axis=0)) ** 2).sum(axis=1)
    assert found == pytest.approx((squares.max(), squares.mean()), rel=1e-12)


@pytest.mark.usefixtures("no_dense")
@pytest.mark.parametrize("name", ["logistic", "robust_regression"])
@pytest.mark.parametrize("M", [1, 6, 24])
def test_bounded_slopes_bound_the_spread_without_matrices(monkeypatch, name, M):
    """No model, of any size, has gradients further apart; by a loop over the subsets."""
    monkeypatch.setattr("cradl.arrays._BLOCK", 20)
    rng = np.random.default_rng(0)
    Z, y = rng.standard_normal((24, 4)), np.sign(rng.standard_normal(24))
    largest_sq, mean_sq = PROBLEMS[name].heterogeneity(Z, y, M)
    for scale in (0.0, 0.1, 1.0, 30.0):
        for x in scale * rng.standard_normal((30, 4)):
            slopes = PROBLEMS[name].slope(Z @ x, y)
            local = [slopes[part] @ Z[part] for part in np.arange(24).reshape(M, -1)]
            squares = [((one - np.sum(local, axis=0) / M) ** 2).sum() for one in local]
            assert max(squares) <= largest_sq * (1 + 1e-12) + 1e-12
            assert np.mean(squares) <= mean_sq * (1 + 1e-12) + 1e-12
    if M > 1:
        assert largest_sq <= (2 * np.abs(Z.reshape(M, -1)).sum(axis=1).max()) ** 2


@pytest.mark.usefixtures("no_dense")
@pytest.mark.parametrize("name", ["logistic", "robust_regression"])
def test_the_bounds_of_other_minima_hold_what_another_method_reaches(name):
    rng = np.random.default_rng(2)
    Z, y = rng.standard_normal((60, 4)), np.sign(rng.standard_normal(60))

    def value(x):
        return PROBLEMS[name].loss(Z @ x, y).sum()

    reached = scipy.optimize.minimize(value, np.zeros(4), method="Nelder-Mead", tol=1e-10).fun
    lower, gap = PROBLEMS[name].minimum(Z, y)
    assert lower == 0
    assert lower + gap == pytest.approx(reached, rel=1e-6)


def test_drawing_in_blocks_gives_the_same_numbers(monkeypatch):
    """As the formula, with whole arrays: y_j = ⟨z_j, x̂ + σ_H x̃_k⟩ + noise."""
    M, m, D, sigma = 20, 60, 9, 0.7
    monkeypatch.setattr("cradl.arrays._BLOCK", 3 * D)
    sizes = {"M": M, "m": m, "D": D, "feature_variance": 100, "noise_variance": 4}
    given = GaussianLinear.model_validate(sizes)
    found = gaussian_linear(np.random.default_rng(8), given, [0.0, sigma])
    rng = np.random.default_rng(8)
    designs, model = 10 * rng.standard_normal((m, D)), rng.standard_normal(D)
    plain = designs @ model + 2 * rng.standard_normal(m)
    shifts = (designs * np.repeat(rng.standard_normal((M, D)), m // M, axis=0)).sum(axis=1)
    np.testing.assert_array_equal(found.designs, designs)
    np.testing.assert_allclose(found.responses, [plain, plain + sigma * shifts], rtol=1e-12)


def peak_of(action):
    """Return what an action returns, and the bytes that NumPy held at most beyond those before."""
    tracemalloc.start()
    try:
        result = action()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


N_, SIDE, REDUNDANCY = 200, 2000, 20
DESIGNS = 8 * SIDE * SIDE
"""Bytes of one copy of the designs."""
STUDY = {
    "extends": str(Path(__file__).parents[3] / "config" / "paper.yaml"),
    "only": ["fig2a"],
    "claims": None,
    "figures": None,
    # Without rows of plugins, which would stay beyond this module.
    "plugins": None,
    "trials": 1,
    "T": 2,
    "datasets": {"section_v": {"M": SIDE, "m": SIDE, "D": SIDE}, "sorted": None},
    "experiments": {
        **dict.fromkeys(("choice_allocation", "choice_ties", "gap_shuffled", "gap_sorted")),
        "fig2a": {
            "diagnostics": False,
            "N": N_,
            "r": REDUNDANCY,
            "allocation": "random",
            "step_size": 0.0001,
            "curves": [{"method": "cra_dl", "aggregator": "trimmed_mean"}],
        },
    },
}


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "study.yaml"
    path.write_text(json.dumps(STUDY), encoding="utf-8")
    return load_study(path)


@pytest.fixture(scope="module")
def large_data(large):
    return peak_of(lambda: dataset(**large.dataset_request("section_v")))


def test_drawing_holds_one_copy_of_the_designs(large_data):
    drawn, peak = large_data
    assert drawn["designs"].nbytes == DESIGNS
    assert peak < 2 * DESIGNS


def test_allocating_holds_a_few_matrices_of_devices_by_subsets(large):
    (request,) = large.allocation_requests().values()
    _, peak = peak_of(lambda: allocations(**request))
    assert peak < 6 * 8 * N_ * SIDE


def test_simulating_copies_no_designs(large, large_data):
    """Beyond the data: messages, margins, encodings; no gradient of each subset."""
    ((name, request),) = large.allocation_requests().items()
    (experiment,) = large.experiments.values()
    drawn, allocated = {"section_v": large_data[0]}, {name: allocations(**request)}
    simulate(experiment, drawn, allocated, trials=[0])  # Compiles, which takes memory too.
    _, peak = peak_of(lambda: simulate(experiment, drawn, allocated, trials=[0]))
    assert peak < 0.5 * DESIGNS


def test_a_store_is_written_without_a_copy_and_read_as_one(tmp_path, large_data):
    drawn, path = large_data[0], tmp_path / "store.nc"
    _, written = peak_of(lambda: store.write(drawn, path, config={}, source="none"))
    read, peak = peak_of(lambda: store.read(path))
    assert written < 0.5 * DESIGNS
    assert peak < 1.5 * DESIGNS
    np.testing.assert_array_equal(read["designs"], drawn["designs"])


def test_designs_of_a_suitable_width_are_their_own_padding():
    rows = np.arange(48.0).reshape(3, 16)
    assert all(np.shares_memory(one, rows) for one in padded_rows(rows))
    shown, padded = padded_rows(rows[:, :13])
    np.testing.assert_array_equal(shown, rows[:, :13])
    np.testing.assert_array_equal(padded[:, 13:], np.zeros((3, 3)))
