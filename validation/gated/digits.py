"""Handwritten digits with two labels: the small ones against the large."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from dmft.arrays import FloatArray
from dmft.errors import DMFTError
from validation.ensemble import checked_count

Pair: TypeAlias = tuple[FloatArray, FloatArray]


def digits(n_train: int, n_test: int, seed: int, *, mnist: str | os.PathLike[str] | None = None) -> tuple[Pair, Pair]:
    """Return training and test sets of 0 to 4 (-1) against 5 to 9 (+1).

    Pixels lie in [-1, 1], and a constant 1 stands last [as in Lippl, Abbott & Chung (2022)].

    Parameters
    ----------
    n_train, n_test : numbers of images, drawn without replacement.
    seed : of the draw, integer >= 0.
    mnist : a .npz file of `images`, shape (n, 28, 28), 0 to 255, and `labels`, 0 to 9; None: the 1797 images of 8 x 8
        pixels that come with scikit-learn.

    Returns
    -------
    (inputs, labels), (inputs, labels) : for training and for the test.

    Raises
    ------
    DMFTError : without scikit-learn, where it is needed.
    ValueError : for more images than there are, or a file that holds none.
    """
    train, test = checked_count("n_train", n_train), checked_count("n_test", n_test)
    (x, y), (test_x, test_y) = ten_digits(train, test, seed, mnist=mnist)
    sides = [np.where(classes < 5, -1.0, 1.0) for classes in (y, test_y)]
    return (_with_one(x), sides[0]), (_with_one(test_x), sides[1])


def ten_digits(
    n_train: int, n_test: int, seed: int, *, mnist: str | os.PathLike[str] | None = None
) -> tuple[Pair, Pair]:
    """Return training and test sets of digits with labels 0 to 9, pixels in [-1, 1].

    Parameters
    ----------
    n_train, n_test, seed, mnist : as of `digits`.

    Raises
    ------
    DMFTError, ValueError : as of `digits`.
    """
    train, test = checked_count("n_train", n_train), checked_count("n_test", n_test)
    images, classes = _small() if mnist is None else _read(Path(mnist))
    if train + test > len(images):
        raise ValueError(
            f"n_train + n_test must be at most {len(images)}, the images that there are; got {train + test}"
        )
    chosen = np.random.default_rng(checked_count("seed", seed, least=0)).permutation(len(images))[: train + test]
    x, y = images[chosen], classes[chosen]
    return (x[:train], y[:train]), (x[train:], y[train:])


def _with_one(x: FloatArray) -> FloatArray:
    return np.column_stack([x, np.ones(len(x))])


def there_are_digits() -> bool:
    """Whether scikit-learn is installed, with its digits."""
    from importlib.util import find_spec

    return find_spec("sklearn") is not None


def _small() -> tuple[FloatArray, Any]:
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise DMFTError(
            "the 8 x 8 digits come with scikit-learn, which is not installed: pip install scikit-learn, or give "
            "mnist=FILE"
        ) from None
    found = load_digits()
    return found.data / 8.0 - 1.0, found.target


def _read(path: Path) -> tuple[FloatArray, Any]:
    try:
        with np.load(path, allow_pickle=False) as file:
            images, classes = file["images"], file["labels"]
        flat = np.asarray(images, dtype=float).reshape(len(images), -1) / 127.5 - 1.0
    except OSError:
        raise
    except Exception as error:
        raise ValueError(f"{path} must be a .npz file with images and labels: {error}") from error
    if np.shape(classes) != (len(flat),) or not np.all(np.abs(flat) <= 1.0):
        raise ValueError(
            f"{path} must hold images of 0 to 255 with a label each, got {images.shape} and {classes.shape}"
        )
    return flat, classes
