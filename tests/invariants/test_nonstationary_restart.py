"""A march that goes on from the end of a solution is the march that was never interrupted."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import dmft

COMMON = dmft.BalancedNetwork(2.0, 1000, drive=dmft.Sinusoid(12.0, 0.25))


@pytest.mark.parametrize(
    ("net", "settings"),
    [
        (COMMON, {}),
        (COMMON, {"method": dmft.TwoTimeMarch(dt=0.125, window=9.0)}),
        (
            COMMON.replace(drive=dmft.Sinusoid(2.0, 0.25, phases="random")),
            {"method": dmft.TwoTimeMarch(dt=0.125, window=9.0)},
        ),
        (dmft.RandomNetwork(1.5, nonlinearity=dmft.Erf(), drive=dmft.OrnsteinUhlenbeck(0.3, 2.0)), {}),
        (dmft.RandomNetwork(1.5), {"init": (0.5, 1.0)}),
    ],
    ids=["common", "window", "random phases", "erf, OU", "tanh"],
)
def test_going_on_is_as_if_never_interrupted(net, settings) -> None:
    settings = {"method": dmft.TwoTimeMarch(dt=0.125), "on_failure": "ignore"} | settings
    whole, first = (dmft.solve_nonstationary(net, t, **settings) for t in (18.0, 12.0))
    before = first.band.copy()
    both = dmft.solve_nonstationary(net, 6.0, init=pickle.loads(pickle.dumps(first)), on_failure="ignore")
    assert both.state == whole.state
    for name in ("times", "lags", "mean_x", "variance", "mean_phi", "band"):
        np.testing.assert_allclose(getattr(both, name), getattr(whole, name), rtol=1e-12, atol=1e-12)
    again = dmft.solve_nonstationary(net, 6.0, init=first, on_failure="ignore")
    np.testing.assert_array_equal(first.band, before)  # the first is as it was
    np.testing.assert_array_equal(again.band, both.band)


@pytest.mark.long
def test_refuses_to_go_on() -> None:
    first = dmft.solve_nonstationary(COMMON, 6.0, method=dmft.TwoTimeMarch(dt=0.125))
    with pytest.raises(ValueError, match="init must be a solution of the same network"):
        dmft.solve_nonstationary(COMMON.replace(g=1.9), 6.0, init=first)
    with pytest.raises(ValueError, match="dt must be that of the solution to go on from"):
        dmft.solve_nonstationary(COMMON, 6.0, method=dmft.TwoTimeMarch(dt=0.1), init=first)
    with pytest.raises(ValueError, match="window must be that of the solution to go on from, None"):
        dmft.solve_nonstationary(COMMON, 6.0, method=dmft.TwoTimeMarch(window=10.0), init=first)
    diverging = dmft.RandomNetwork(3.0, nonlinearity=dmft.Linear())
    gone = dmft.solve_nonstationary(diverging, 400.0, method=dmft.TwoTimeMarch(dt=0.5, window=5.0), on_failure="ignore")
    with pytest.raises(ValueError, match="init must not have diverged"):
        dmft.solve_nonstationary(diverging, 1.0, init=gone)
