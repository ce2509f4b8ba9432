"""The experiments of Lippl, Abbott & Chung (2022) on 8 x 8 digits, and on MNIST where DMFT_MNIST names a file."""

import os

import numpy as np
import pytest

import dmft
import validation
from validation.cases.implicit_bias_experiments import (
    Draw,
    deep,
    gathered,
    mean_and_error,
    ratio_and_error,
    rectified,
    shallow,
)

MNIST = os.environ.get("DMFT_MNIST")
on_digits = pytest.mark.skipif(not validation.gated.digits.there_are_digits(), reason="the digits need scikit-learn")
on_mnist = pytest.mark.skipif(MNIST is None, reason="DMFT_MNIST names no file of MNIST")

# Means of three seeds with their standard errors, 200 images for training, 800 for the test (the sheet's C.4).
SHEET = {
    "limit": (0.9187, 0.0107),
    "descent": (0.9180, 0.0101),
    "zeta": (0.9233, 0.0077),
    "architecture": (0.9177, 0.0039),
    "limit_agrees": (0.9723, 0.0058),
}
RECTIFIED = {
    "descent": (0.9133, 0.0069),
    "learned_agrees": (0.9317, 0.0084),
    "random_agrees": (0.9180, 0.0108),
    "linear_agrees": (0.8830, 0.0087),
}


def found(experiment, draw, size, n_draws):
    draws = draw.over((size,), n_draws)
    (numbers,) = gathered(draws, [experiment(one) for one in draws]).values()
    return numbers


def lies_near(numbers, stated):
    for name, (value, error) in stated.items():
        mean, own = mean_and_error(numbers[name])
        assert abs(mean - value) < 3.0 * np.hypot(error, own), name


@on_digits
@pytest.mark.long
def test_two_layers_on_digits():
    """As on the sheet; and the limit shares more labels with gradient descent than the architecture alone."""
    numbers = found(deep, Draw(0, 6000), 20, 12)
    lies_near(numbers, SHEET)
    assert np.all(numbers["ratio"] > 1.0)
    better, error = mean_and_error(numbers["limit_agrees"] - numbers["architecture_agrees"])
    assert better > 2.0 * error


@on_digits
@pytest.mark.long
def test_one_layer_on_digits():
    """0.79 to 0.87 for 1 to 3 half-spaces, linear 0.80 to 0.84."""
    for size, (low, high) in {0: (0.80, 0.84), 2: (0.79, 0.87)}.items():
        numbers = found(shallow, Draw(0, 4000), size, 6)
        mean, error = mean_and_error(numbers["descent"])
        assert low - 3.0 * error < mean < high + 3.0 * error


@on_digits
@pytest.mark.long
def test_rectified_networks_on_digits():
    """A good part of what is not linear in them is in the limit of their gates, more with learned than random ones."""
    numbers = found(rectified, Draw(0, 6000), 50, 6)
    lies_near(numbers, RECTIFIED)
    captured, error = ratio_and_error(
        numbers["learned_agrees"] - numbers["linear_agrees"], 1.0 - numbers["linear_agrees"]
    )
    assert captured > 0.3 + 2.0 * error
    learned, error = mean_and_error(numbers["learned_agrees"] - numbers["random_agrees"])
    assert learned > 2.0 * error
    assert np.all(numbers["hidden_agrees"] > numbers["learned_agrees"])


@on_mnist
@pytest.mark.long
def test_a_thousand_images_of_mnist():
    """The issue: a gap of 1e-4; here 1e-7, with 50 units."""
    train, test = validation.digits(1000, 2000, 1, mnist=MNIST)
    solved = dmft.solve_implicit_bias(dmft.GatedLinear(dmft.HalfSpaces(50, 1, 1)), *train)
    assert solved.state == "optimum"
    assert solved.gap < 1e-7
    assert 0.8 < dmft.accuracy(solved, *test) < 0.95


@on_mnist
@pytest.mark.long
def test_two_layers_on_mnist():
    numbers = found(deep, Draw(0, 2000, n_train=500, n_test=2000, mnist=MNIST), 10, 4)
    assert np.all(numbers["ratio"] > 1.0)
    assert mean_and_error(numbers["limit_agrees"])[0] > 0.9
    better, error = mean_and_error(numbers["limit_agrees"] - numbers["architecture_agrees"])
    assert better > -error


def test_files_and_counts_are_refused(tmp_path):
    with pytest.raises(OSError):
        validation.digits(10, 10, 0, mnist=tmp_path / "none.npz")
    np.savez(tmp_path / "a.npz", images=np.zeros((20, 2, 2)), labels=np.zeros(19))
    with pytest.raises(ValueError, match="with a label each"):
        validation.digits(5, 5, 0, mnist=tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", images=np.zeros((20, 2, 2)))
    with pytest.raises(ValueError, match="file with images and labels"):
        validation.digits(5, 5, 0, mnist=tmp_path / "b.npz")
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "c.npz", images=rng.integers(0, 256, (20, 2, 2)), labels=np.arange(20) % 10)
    (x, y), (other, _) = validation.digits(12, 8, 3, mnist=tmp_path / "c.npz")
    assert x.shape == (12, 5)
    assert np.all(x[:, -1] == 1.0)
    assert np.abs(x).max() <= 1.0
    assert set(y) == {-1.0, 1.0}
    assert not {tuple(row) for row in x} & {tuple(row) for row in other}
    with pytest.raises(ValueError, match="at most 20, the images that there are"):
        validation.digits(12, 9, 3, mnist=tmp_path / "c.npz")


def test_without_scikit_learn_it_is_said(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(dmft.DMFTError, match="pip install scikit-learn"):
        validation.digits(10, 10, 0)
