"""Objects of a user's own as nonlinearities: mistakes are named on construction, and nothing else is."""

from __future__ import annotations

import math

import numpy as np
import pytest

import dmft
from dmft.models.breakpoints import Breakpoint


def own(phi, slope, **others):
    """An object with the given functions as methods."""
    methods = {"__call__": phi, "derivative": slope, **others}
    members = {name: (lambda self, *args, function=function: function(*args)) for name, function in methods.items()}
    return type("Own", (), members | {"__repr__": lambda self: "Own()"})()


def slope(x):
    return 1 - np.tanh(x) ** 2


def changing(x):
    x = np.asarray(x)
    if x.ndim:
        x += 1e-3
    return np.tanh(x)


def masked(x):
    out = np.zeros(len(x))
    out[x > 0] = x[x > 0]
    return out


RNG = np.random.default_rng(0)
BROKEN = [
    (own(lambda x: np.tanh(x).sum(), slope), r"Own\(\) must return one value for every x, .* got shape \(\)"),
    (own(lambda x: np.tanh(x)[..., None], slope), r"got shape \(24, 1\)"),
    (own(np.tanh, lambda x: 1.0), r"Own\(\)\.derivative must return one value .* got shape \(\)"),
    (own(lambda x: np.tanh(x) + 0j, slope), "must return real numbers .*, got complex128"),
    (own(lambda x: None, slope), "must return real numbers .*, got None"),
    (own(lambda x: "a", slope), "must return real numbers .*, got <U1"),
    (own(lambda x: np.sign(x).astype(int), slope), "must return real numbers .*, got int64"),
    (own(np.tanh, lambda x: np.asarray(x) > 0), "derivative must return real numbers .*, got bool"),
    (own(lambda x: np.asarray(x, dtype=object), slope), "must return real numbers .*, got object"),
    (own(lambda x: np.float32(np.tanh(x)), slope), r"in double precision \(float64\), got float32"),
    (own(lambda x: [[1.0], [2.0, 3.0]], slope), "must return real numbers .*, got object"),
    (own(np.log, lambda x: 1 / np.asarray(x)), r"Own\(\) must be finite for \|x\| <= 4; .* at x = -0.434546: nan"),
    (own(np.tanh, lambda x: np.where(np.asarray(x) > 1, np.nan, slope(x))), "derivative must be finite"),
    (own(changing, slope), "must leave its argument as it is, but changed it"),
    (own(lambda x: np.tanh(x) + 1e-6 * RNG.normal(size=np.shape(x)), slope), "must be a function of x alone"),
    (own(lambda x: np.tanh(x) / (1 + np.mean(x)), slope), "must act on every element alone"),
    (own(lambda x: np.tanh(x - np.max(x)), slope), "must act on every element alone"),
    (own(lambda x: math.tanh(x), slope), r"for an array of shape \(24,\) it raised TypeError"),
    (own(masked, slope), "it raised (IndexError|TypeError)"),
    (own(lambda x: x.foo, slope), "it raised AttributeError: .* has no attribute 'foo'"),
    (own(np.tanh, lambda x: 1 - np.tanh(x)), r"derivative must be the derivative of phi; at x = -3\.8"),
    (own(np.tanh, lambda x: -slope(x)), "derivative must be the derivative of phi"),
    (own(np.tanh, lambda x: 0.99 * slope(x)), "derivative must be the derivative of phi"),
    (own(lambda x: np.tanh(2 * np.asarray(x)), lambda x: slope(2 * np.asarray(x))), "must be the derivative of phi"),
    (own(lambda x: np.maximum(x, 0.0), lambda x: np.ones_like(x)), "must be the derivative of phi"),
    (
        own(lambda x: np.tanh(200 * np.asarray(x) - 200), lambda x: 100 * slope(200 * np.asarray(x) - 200)),
        "must be the derivative of phi; at x = (0.99|1.00)",
    ),
    (own(np.tanh, slope, gaussian_kernel=lambda c0, c: 0.3 * c), r"gaussian_kernel\(c0, c\) must be <phi\(x\) phi"),
    (own(np.tanh, slope, gaussian_kernel=lambda c0, c: 0.3), r"gaussian_kernel must return one value .* \(3,\)"),
    (own(np.tanh, slope, gaussian_kernel=lambda c: c), "gaussian_kernel must take numbers and arrays"),
    (own(np.tanh, slope, breakpoints=lambda: (0.0,)), "must return Breakpoint"),
    (own(np.sign, lambda x: 0.0 * np.asarray(x)), r"must be continuous, got Own\(\), which jumps at x = 0:"),
    (own(lambda x: np.tanh(x) + 1e-3 * (np.asarray(x) > 2.3456), slope), "jumps at x = 2.3456:"),
    (own(np.tan, lambda x: 1 / np.cos(x) ** 2), "diverges at x = 1.570796327"),
    (own(lambda x: 1 / (np.asarray(x) - 0.12), lambda x: -1 / (np.asarray(x) - 0.12) ** 2), "diverges at x = 0.12:"),
    (
        own(lambda x: np.sqrt(np.abs(x)), lambda x: np.sign(x) / 2 / np.sqrt(np.abs(x))),
        "must have a bounded slope, .* diverges at x = 0:",
    ),
]


@pytest.mark.parametrize(("broken", "words"), BROKEN, ids=[words[:40] for _, words in BROKEN])
@pytest.mark.parametrize(
    "network",
    [
        lambda phi: dmft.RandomNetwork(2.0, phi),
        lambda phi: dmft.BalancedNetwork(2.0, 100, nonlinearity=phi),
        lambda phi: dmft.PlasticNetwork(2.0, 1.0, 2.0, phi),
    ],
    ids=["random", "balanced", "plastic"],
)
def test_mistakes_are_named(network, broken, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        network(broken)


GRID = np.linspace(-30.0, 30.0, 60001)
SOUND = {
    "tanh": own(np.tanh, slope),
    "sine": own(np.sin, np.cos, gaussian_kernel=lambda c0, c: np.exp(-c0) * np.sinh(c)),
    "relu": own(lambda x: np.maximum(x, 0.0), lambda x: np.where(np.asarray(x) > 0, 1.0, 0.0)),
    "clipped": own(lambda x: np.clip(x, -1.0, 1.0), lambda x: np.where(np.abs(x) < 1, 1.0, 0.0)),
    "cubic": own(lambda x: x - x**3, lambda x: 1 - 3 * x**2),
    "steep": own(lambda x: np.tanh(1e6 * np.asarray(x)), lambda x: 1e6 * slope(1e6 * np.asarray(x))),
    "table": own(lambda x: np.interp(x, GRID, np.tanh(GRID)), lambda x: np.interp(x, GRID, slope(GRID))),
    "waves": own(lambda x: np.sin(300 * np.asarray(x)), lambda x: 300 * np.cos(300 * np.asarray(x))),
    "exponential": own(np.exp, np.exp),
    "shifted kink": own(lambda x: np.abs(np.asarray(x) - 0.3), lambda x: np.sign(np.asarray(x) - 0.3)),
    "small": own(lambda x: 1e-12 * np.tanh(x), lambda x: 1e-12 * slope(x)),
    "large": own(lambda x: 1e12 * np.tanh(x), lambda x: 1e12 * slope(x)),
    "itself": own(lambda x: x, lambda x: np.ones_like(x)),
    "constant": own(lambda x: 0 * np.asarray(x) + 2.0, lambda x: 0.0 * np.asarray(x)),
    "power": own(lambda x: np.maximum(x, 0.0) ** 1.5, lambda x: 1.5 * np.maximum(x, 0.0) ** 0.5),
    "stated": own(np.tanh, slope, breakpoints=lambda: (Breakpoint(0.0, 1.0),)),
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_ones_are_not_refused(name: str) -> None:
    assert dmft.RandomNetwork(2.0, SOUND[name]).nonlinearity is SOUND[name]


def test_tried_once_only() -> None:
    """A sweep makes the network anew at each point."""
    calls = []

    class Counted(dmft.Tanh):
        def __call__(self, x):
            calls.append(1)
            return np.tanh(x)

    network = dmft.RandomNetwork(2.0, Counted())
    assert calls
    calls.clear()
    network.replace(g=3.0)
    assert not calls


def test_unhashable_ones_are_tried_too() -> None:
    class Unhashable(dmft.Tanh):
        __hash__ = None  # type: ignore[assignment]

        def derivative(self, x):
            return -slope(x)

    with pytest.raises(ValueError, match="must be the derivative"):
        dmft.RandomNetwork(2.0, Unhashable())


@pytest.mark.parametrize(
    ("drive", "words"),
    [
        (lambda t: None, "real number for each time, got None at t = 0"),
        (lambda t: "1", "real number for each time, got '1'"),
        (lambda t: 1j, "real number for each time, got 1j"),
        (lambda t: True, "real number for each time, got True"),
        (lambda t: np.zeros(3), "real number for each time, got array"),
        (lambda: 1.0, r"drive must be a function of one number, the time; drive\(0\) raised TypeError"),
        (lambda t: 1 / t, r"drive\(0\) raised ZeroDivisionError"),
        (lambda t: math.nan if t > 0.2 else 0.0, "drive must return finite numbers, got nan at t = 0.5"),
        (lambda t: math.inf, "drive must return finite numbers, got inf at t = 0"),
    ],
)
def test_drives_that_are_no_functions_of_time(drive, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        dmft.BalancedNetwork(2.0, 100, drive=drive)


@pytest.mark.parametrize(
    "drive",
    [math.sin, np.sin, lambda t: 1, lambda t: np.float32(2.0), lambda t: np.array(2.0), lambda t: math.log(9 - t)],
)
def test_drives_that_are(drive) -> None:
    assert dmft.BalancedNetwork(2.0, 100, drive=drive).drive == dmft.OfTime(drive)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: dmft.RandomNetwork(1e200), r"g must be between 1e-150 and 1e\+150, .* got 1e\+200"),
        (lambda: dmft.RandomNetwork(1e-200), "g must be between 1e-150"),
        (lambda: dmft.RandomNetwork(10**400), "g must be finite and positive, got inf"),
        (lambda: dmft.BalancedNetwork(2.0, 10**400), "size must be finite and positive, got inf"),
        (lambda: dmft.BalancedNetwork(2.0, 100, I0=-1e200), "I0 must be at most 1e.150 in size"),
        (lambda: dmft.PlasticNetwork(2.0, 1e200, 1.0), "k must be at most"),
        (lambda: dmft.WhiteNoise(1e300), "intensity must be at most"),
        (lambda: dmft.Sinusoid(1.0, 1e-300), "frequency must be between"),
        (lambda: dmft.ThresholdPower(1e9), "n must be at most 50"),
    ],
)
def test_numbers_whose_squares_are_none(make, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize("value", [True, np.True_, "1", None, 1j, np.array([1.0]), b"1"])
def test_what_is_not_a_number(value) -> None:
    for make in (dmft.RandomNetwork, dmft.WhiteNoise, lambda g: dmft.PlasticNetwork(1.0, g, 1.0), dmft.ThresholdPower):
        with pytest.raises(TypeError, match="must be a real number"):
            make(value)
