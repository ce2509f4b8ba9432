"""Models: what they accept and refuse, and how they behave as values."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys

import numpy as np
import pytest

import dmft
from dmft.models.nonlinearity import is_odd

NONLINEARITIES = [
    dmft.Tanh(),
    dmft.Erf(),
    dmft.Linear(),
    dmft.ReLU(),
    dmft.ThresholdPower(1),
    dmft.ThresholdPower(1.7),
    dmft.ThresholdPower(3),
]
MODELS = [
    *NONLINEARITIES,
    dmft.Symbolic("tanh(x) + 0.1*x"),
    dmft.WhiteNoise(0.3),
    dmft.OrnsteinUhlenbeck(1.0, correlation_time=2.0),
    dmft.Sinusoid(1.0, 0.2, phases="random"),
    dmft.RandomNetwork(2.0, dmft.Erf(), drive=dmft.WhiteNoise(0.3), symmetry=0.2),
    dmft.BalancedNetwork(2.0, 400),
    dmft.PlasticNetwork(g=1.5, k=0.3, p=2.0),
]


@pytest.mark.parametrize("phi", NONLINEARITIES, ids=repr)
def test_derivative(phi) -> None:
    """By finite differences of eighth order."""
    x = np.array([-3.1, -1.2, -0.4, 0.3, 0.9, 2.6])
    step = 0.02
    weights = {1: 4 / 5, 2: -1 / 5, 3: 4 / 105, 4: -1 / 280}
    numerical = sum(w * (phi(x + n * step) - phi(x - n * step)) for n, w in weights.items()) / step
    np.testing.assert_allclose(phi.derivative(x), numerical, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("phi", NONLINEARITIES, ids=repr)
def test_shapes(phi) -> None:
    for function in (phi, phi.derivative):
        for x in (0.3, -2, np.zeros(3), np.ones((2, 3))):
            assert np.shape(function(x)) == np.shape(x)


@pytest.mark.parametrize("phi", NONLINEARITIES, ids=repr)
def test_no_overflow(phi) -> None:
    """Warnings are errors in this suite."""
    x = np.array([-1e3, 1e3])
    for function in (phi, phi.derivative):
        assert np.all(np.isfinite(function(x)))


def test_unit_slopes() -> None:
    assert dmft.Tanh().derivative(0.0) == dmft.Erf().derivative(0.0) == dmft.Linear().derivative(0.0) == 1.0


def test_is_odd() -> None:
    assert [is_odd(phi) for phi in (dmft.Tanh(), dmft.Erf(), dmft.Linear(), dmft.Symbolic("x**3 - sin(x)"))] == [
        True
    ] * 4
    assert not any(is_odd(phi) for phi in (dmft.ReLU(), dmft.Symbolic("tanh(x - 0.5)"), dmft.Symbolic("x**2")))


@pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)
def test_values(model) -> None:
    """Equal by content, hashable, frozen; copies through pickle and through its own repr."""
    assert eval(repr(model), {name: getattr(dmft, name) for name in dmft.__all__ if name[0].isupper()}) == model
    again = pickle.loads(pickle.dumps(model))
    assert again == model
    assert hash(again) == hash(model)
    with pytest.raises(AttributeError):
        model.g = 3.0


@pytest.mark.parametrize("g", [0, 0.0, -1.0, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    "make", [dmft.RandomNetwork, lambda g: dmft.BalancedNetwork(g, 400), lambda g: dmft.PlasticNetwork(g, k=1, p=1)]
)
def test_gain_out_of_range(make, g: float) -> None:
    with pytest.raises(ValueError, match=rf"g must be finite and positive, got {float(g)}"):
        make(g)


@pytest.mark.parametrize("g", ["2", None, 2j, True, [2.0], np.array([2.0])])
def test_gain_not_a_number(g) -> None:
    with pytest.raises(TypeError, match="g must be a real number"):
        dmft.RandomNetwork(g)


def test_numbers_of_all_kinds() -> None:
    from fractions import Fraction

    for g in (2, 2.0, np.float32(2), np.int64(2), Fraction(2)):
        assert dmft.RandomNetwork(g) == dmft.RandomNetwork(2.0)
        assert type(dmft.RandomNetwork(g).g) is float


class NoDerivative:
    def __call__(self, x):
        return x


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: dmft.RandomNetwork(2, NoDerivative()), TypeError, "must have __call__ and derivative, or be a text"),
        (lambda: dmft.RandomNetwork(2, np.tanh), TypeError, "must have __call__ and derivative"),
        (lambda: dmft.RandomNetwork(2, "tahn"), ValueError, r"did you mean 'tanh'\?.* or an expression in x"),
        (lambda: dmft.RandomNetwork(2, dmft.Tanh), TypeError, r"write Tanh\(\.\.\.\), got the class"),
        (lambda: dmft.RandomNetwork(2, drive=0.3), TypeError, "drive must be None, an instance of WhiteNoise"),
        (
            lambda: dmft.RandomNetwork(2, drive=dmft.WhiteNoise),
            TypeError,
            "drive must be None, an instance of WhiteNoise",
        ),
        (lambda: dmft.RandomNetwork(2, drive=dmft.Tanh()), TypeError, "drive must be None, an instance of WhiteNoise"),
        (lambda: dmft.RandomNetwork(2, symmetry=1.1), ValueError, r"symmetry must be in \[-1, 1\], got 1.1"),
        (lambda: dmft.RandomNetwork(2, symmetry=math.nan), ValueError, "symmetry must be finite, got nan"),
        (lambda: dmft.RandomNetwork(2, gain=3), TypeError, "gain"),
        (lambda: dmft.ThresholdPower(0.5), ValueError, "n must be at least 1"),
        (lambda: dmft.ThresholdPower(math.inf), ValueError, "n must be finite, got inf"),
        (lambda: dmft.ThresholdPower("2"), TypeError, "n must be a real number"),
        (lambda: dmft.WhiteNoise(-0.1), ValueError, "intensity must be finite and not negative, got -0.1"),
        (lambda: dmft.WhiteNoise(math.nan), ValueError, "intensity must be finite and not negative, got nan"),
        (lambda: dmft.OrnsteinUhlenbeck(-1, 1), ValueError, "variance must be finite and not negative, got -1.0"),
        (lambda: dmft.OrnsteinUhlenbeck(1, -1), ValueError, "correlation_time must be finite and positive, got -1.0"),
        (lambda: dmft.OrnsteinUhlenbeck(1, 0), ValueError, "correlation_time must be finite and positive, got 0.0"),
        (lambda: dmft.Sinusoid(-1, 1), ValueError, "amplitude must be finite and not negative, got -1.0"),
        (lambda: dmft.Sinusoid(1, 0), ValueError, "frequency must be finite and positive, got 0.0"),
        (lambda: dmft.Sinusoid(1, 1, phases="odd"), ValueError, "phases must be one of 'common', 'random'; got 'odd'"),
        (lambda: dmft.PlasticNetwork(1.5, k=math.inf, p=1), ValueError, "k must be finite, got inf"),
        (lambda: dmft.PlasticNetwork(1.5, k=1, p=0), ValueError, "p must be finite and positive, got 0.0"),
    ],
)
def test_bad_input(make, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_replace() -> None:
    network = dmft.RandomNetwork(2.0, drive=dmft.WhiteNoise(0.3))
    assert network.replace(g=3.0) == dmft.RandomNetwork(3.0, drive=dmft.WhiteNoise(0.3))
    assert network.replace(**{"drive.intensity": 1}).drive == dmft.WhiteNoise(1.0)
    changes = {"drive": dmft.Sinusoid(1.0, 0.2), "drive.phases": "random"}
    assert network.replace(**changes).drive == dmft.Sinusoid(1.0, 0.2, phases="random")
    assert network == dmft.RandomNetwork(2.0, drive=dmft.WhiteNoise(0.3))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gain": 2}, "RandomNetwork has no field 'gain'; its fields are g, nonlinearity, drive, symmetry"),
        ({"drive.strength": 2}, "drive is a WhiteNoise and has no field 'strength'; it has intensity"),
        ({"drive.intensity": -2}, "intensity must be finite and not negative, got -2.0"),
        ({"g.x": 2}, "g is 2.0, which has no fields"),
        ({"g": -1}, "g must be finite and positive, got -1.0"),
    ],
)
def test_replace_refuses(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dmft.RandomNetwork(2.0, drive=dmft.WhiteNoise(0.3)).replace(**changes)


def test_replace_through_nothing() -> None:
    with pytest.raises(ValueError, match=r"drive\.intensity leads through drive, which is None; .*: WhiteNoise"):
        dmft.RandomNetwork(2.0).replace(**{"drive.intensity": 0.3})


def test_public_names() -> None:
    with pytest.raises(AttributeError, match="module 'dmft' has no attribute 'solve'"):
        _ = dmft.solve
    assert set(dmft.__all__) <= set(dir(dmft))


def test_stating_a_model_loads_nothing_heavy() -> None:
    script = (
        "import sys, dmft; dmft.RandomNetwork(2.0, dmft.Symbolic('tanh(x)'), drive=dmft.WhiteNoise(0.3));"
        "heavy = {'numba', 'scipy.stats', 'xarray', 'matplotlib', 'sympy', 'mpmath'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
