"""Learning rates that cannot work, and curves that end where none is meant to end."""

import numpy as np
import pytest
import xarray as xr

from cradl.results.outcomes import Step, outcomes, too_large


def descent(gamma, N, L, steps=200):
    """Return the last distance to the minimum of L x²/2, of which each device has a part 1/N."""
    x = 1.0
    for _ in range(steps):
        x -= gamma / N * L * x
        # Beyond, it would overflow.
        if abs(x) > 1e100:
            break
    return abs(x)


@pytest.mark.parametrize(("N", "L"), [(10, 50.0), (1, 0.03), (100, 171234.5), (7, 1e-9)])
@pytest.mark.parametrize("share", [0.3, 0.97, 1.03, 40.0])
def test_what_is_told_is_what_diverges_on_a_quadratic(N, L, share):
    gamma = share * 2 * N / L
    told = too_large([Step("one", "MA", gamma, N, "data")], {"data": np.array([L / 2, L])})
    assert bool(told) == (descent(gamma, N, L) > 1)
    for text in told:
        stable = float(text.split("At most ")[1].split(" ")[0])
        assert 0.99 * 2 * N / L <= stable <= 2 * N / L
        assert descent(stable * 0.999, N, L) < 1


def test_curves_of_one_rate_are_told_at_once_and_unknown_data_not():
    steps = [Step("one", f"curve {k}", 1.0, 2, "a") for k in range(3)]
    steps += [Step("two", "other", 1.0, 2, "b"), Step("one", "late", 1.0, 2, "absent")]
    told = too_large(steps, {"a": [4.0], "b": 5.0})
    assert [one.split(":")[0] for one in told] == ["one", "two"]
    assert "gamma L/N = 2," in told[0]
    assert "3 curves, curve 0 first" in told[0]


def store(*curves, diverged=()):
    loss = np.array(curves, float)
    at = np.full(loss.shape[:2], -1)
    for place in diverged:
        at[place] = 1
    coordinates = {"label": ("curve", [f"curve {k}" for k in range(len(loss))])}
    return xr.Dataset(
        {"loss": (("curve", "trial", "iteration"), loss), "diverged_at": (("curve", "trial"), at)},
        coordinates,
        {"experiment": "mine"},
    )


def test_curves_that_end_above_their_start_or_diverge_are_found():
    falls = [[4.0, 9.0, 1.0], [4.0, 1.0, 2.0]]
    rises = [[4.0, 1.0, 9.0], [2.0, 1.0, 1.0]]
    stays = [[4.0, 9.0, 4.0], [4.0, 9.0, 4.0]]
    bursts = [[4.0, np.inf, np.inf], [4.0, 1.0, 1.0]]
    found = outcomes(store(falls, rises, stays, bursts, diverged=[(3, 0)]))
    assert [(one.experiment, one.curve) for one in found] == [
        ("mine", "curve 1"),
        ("mine", "curve 3"),
    ]
    assert found[0].says == "ends above its start, at 5 from 3"
    assert found[1].says == "diverges in 1 of 2 trials"
    assert found[1].diverged == 1


def test_losses_about_to_overflow_are_no_error():
    huge = [[1.0, 1e308], [1.0, 1.7e308]]
    (found,) = outcomes(store(huge))
    assert found.end == np.inf
