"""What a plastic solution shows of itself, and where its warnings point."""

import warnings

import numpy as np
import pytest

import dmft
from dmft.errors import AccuracyWarning, NotConvergedWarning


def _rough(**settings):
    settings = {"samples": 16, "noise_seeds": 2, "window": 51.2, "rtol": 1e-9, "max_steps": 3} | settings
    return dmft.solve_plastic(dmft.PlasticNetwork(g=2.0, k=0.5, p=1.0), **settings)


def test_a_warning_points_at_the_line_that_asked():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _rough(on_failure="warn")
    (warning,) = [entry for entry in caught if entry.category is NotConvergedWarning]
    assert warning.filename == __file__
    with open(__file__) as file:
        assert "dmft.solve_plastic(" in file.readlines()[warning.lineno - 1]


def test_arrays_are_left_out_of_the_repr():
    solution = _rough(on_failure="ignore")
    shown = [repr(solution), repr(dmft.fixed_points(solution.network))]
    frozen = dmft.solve_frozen(solution, samples=200, max_rank=50, before=10.0, after=2.0, on_failure="ignore")
    for text in [*shown, repr(frozen)]:
        assert "array(" not in text
        assert len(text) < 900
    assert "chaotic" in shown[0]


def test_an_exponent_that_hangs_on_one_path_says_so():
    solution = dmft.solve_plastic(
        dmft.PlasticNetwork(g=3.0, k=3.0, p=2.5),
        samples=16,
        noise_seeds=2,
        window=409.6,
        rtol=1e-2,
        on_failure="ignore",
    )
    with pytest.warns(AccuracyWarning, match=r"one of 16 paths makes up \d\d% of the perturbation") as caught:
        exponent = dmft.lyapunov_exponent(solution, rtol=5e-3)
    assert caught[0].filename == __file__
    assert np.isfinite(exponent)
