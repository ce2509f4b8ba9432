"""What the report says of the three claims on implicit bias: only of networks that fit their images."""

import numpy as np

from validation.cases.implicit_bias import _claims


def numbers(fits):
    """Four draws, of which those that do not fit have other numbers."""
    fits = np.array(fits, dtype=float)
    wave = np.where(fits > 0.0, np.cumsum(fits) * 0.01, 0.4)
    names = ("limit", "descent", "limit_agrees", "architecture_agrees", "learned_agrees", "random_agrees")
    every = {name: 0.9 - wave for name in names} | {"linear_agrees": 0.8 - 2.0 * wave, "fits": fits}
    every["ratio"] = np.where(fits > 0.0, 1.1 + wave, np.inf)
    return every


def test_networks_that_do_not_fit_do_not_count():
    all_fit = numbers([1, 1, 1])
    with_another = numbers([1, 1, 1, 0])
    first = _claims({0: all_fit}, {20: all_fit}, all_fit)
    second = _claims({0: all_fit}, {20: with_another}, with_another)
    assert "(3 networks, of which 3 fit and count)" in first[0]
    assert "(4 networks, of which 3 fit and count)" in second[0]
    for place in (0, 2):
        assert first[place].split(" (")[0] == second[place].split(" (")[0]


def test_too_few_that_fit_are_said():
    one = numbers([1, 0, 0])
    (told,) = _claims({0: one}, {20: one}, one)
    assert "Fewer than two networks fit" in told
