"""Models as plain data and back, and from the options of a command line."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

import dmft
from dmft.models.serialization import network_from_mapping, network_from_options, network_to_mapping

NETWORKS = [
    dmft.RandomNetwork(2.0),
    dmft.RandomNetwork(1.5, dmft.Erf(), drive=dmft.WhiteNoise(0.3)),
    dmft.RandomNetwork(0.1 + 0.2, dmft.Symbolic("tanh(x) + 0.1*x"), drive=dmft.OrnsteinUhlenbeck(1.0, 3.0)),
    dmft.RandomNetwork(2.0, dmft.Linear(), drive=dmft.Sinusoid(1.0, 0.2, phases="random"), symmetry=-0.4),
    dmft.RandomNetwork(np.float64(2.0), dmft.ThresholdPower(1.5)),
    dmft.BalancedNetwork(2.0, 400, J0=0.5, I0=1.5, drive=dmft.Sinusoid(3.0, 0.2)),
    dmft.PlasticNetwork(g=1.5, k=-0.3, p=2.0, nonlinearity=dmft.ReLU()),
]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: type(n).__name__)
def test_there_and_back(network) -> None:
    """Through JSON text, to the last bit."""
    mapping = network_to_mapping(network)
    again = network_from_mapping(json.loads(json.dumps(mapping, allow_nan=False)))
    assert again == network
    assert type(again) is type(network)
    assert repr(again) == repr(network).replace("np.float64(2.0)", "2.0")


def test_form() -> None:
    network = dmft.RandomNetwork(2.0, dmft.Symbolic("tanh(x)"), drive=dmft.WhiteNoise(0.3))
    assert network_to_mapping(network) == {
        "type": "RandomNetwork",
        "g": 2.0,
        "nonlinearity": {"type": "Symbolic", "expression": "tanh(x)"},
        "drive": {"type": "WhiteNoise", "intensity": 0.3},
        "symmetry": 0.0,
    }


@dataclass(frozen=True)
class Cubic:
    """A user's own nonlinearity."""

    def __call__(self, x):
        return x - x**3

    def derivative(self, x):
        return 1 - 3 * x**2


class Tanh(dmft.Tanh):
    """A user's own class that has a built-in one's name."""


@pytest.mark.parametrize("own", [Cubic(), Tanh()], ids=["own", "namesake"])
def test_own_nonlinearity_is_refused(own) -> None:
    with pytest.raises(TypeError, match=r"nonlinearity .* cannot be written as plain data.*dmft\.Symbolic"):
        network_to_mapping(dmft.RandomNetwork(2.0, own))


def test_own_drive_is_refused() -> None:
    network = dmft.BalancedNetwork(2.0, 400, drive=np.sin)
    with pytest.raises(TypeError, match=r"drive .* cannot be written as plain data"):
        network_to_mapping(network)


def test_not_a_network() -> None:
    with pytest.raises(TypeError, match="it must be one of 'RandomNetwork'"):
        network_to_mapping(dmft.Tanh())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "nonlinearity"),
    [
        ("tanh", dmft.Tanh()),
        ("erf", dmft.Erf()),
        ("linear", dmft.Linear()),
        ("relu", dmft.ReLU()),
        ("ReLU", dmft.ReLU()),
        ("tanh(x)+0.1*x", dmft.Symbolic("tanh(x) + 0.1*x")),
        ("erf(x)", dmft.Symbolic("erf(x)")),
        ("x", dmft.Symbolic("x")),
    ],
)
def test_short_names(word: str, nonlinearity) -> None:
    expected = dmft.RandomNetwork(2.0, nonlinearity)
    assert network_from_mapping({"type": "RandomNetwork", "g": 2, "nonlinearity": word}) == expected
    assert network_from_options("RandomNetwork", ["g=2", f"nonlinearity={word}"]) == expected


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({}, "network must be of a type among 'RandomNetwork', .*; got None"),
        ([], "network must be a mapping"),
        ({"type": "os.system", "g": 2}, "network must be of a type among"),
        ({"type": "Tanh"}, "network must be of a type among"),
        ({"type": ["RandomNetwork"], "g": 2}, "network must be of a type among"),
        ({"type": "RandomNetwork"}, "RandomNetwork needs 'g'"),
        ({"type": "RandomNetwork", "g": 2, "gain": 3}, "RandomNetwork has no field 'gain'"),
        ({"type": "RandomNetwork", "g": 2, "symetry": 0}, r"did you mean 'symmetry'\?"),
        ({"type": "RandomNetwork", "g": 2, "__class__": 0}, "has no field '__class__'"),
        ({"type": "RandomNetwork", "g": -2}, "g must be finite and positive, got -2.0"),
        ({"type": "RandomNetwork", "g": float("nan")}, "g must be finite and positive, got nan"),
        ({"type": "RandomNetwork", "g": "2"}, "g must be a real number"),
        ({"type": "RandomNetwork", "g": True}, "g must be a real number"),
        ({"type": "RandomNetwork", "g": [2]}, "g must be a single value"),
        ({"type": "RandomNetwork", "g": 2, "drive": "WhiteNoise"}, "drive must be a mapping"),
        ({"type": "RandomNetwork", "g": 2, "drive": {"type": "Tanh"}}, "drive must be of a type among 'WhiteNoise'"),
        ({"type": "RandomNetwork", "g": 2, "drive": {"type": "WhiteNoise", "intensity": -1}}, "intensity must be"),
        ({"type": "RandomNetwork", "g": 2, "nonlinearity": {"type": "ThresholdPower"}}, "ThresholdPower needs 'n'"),
        ({"type": "RandomNetwork", "g": 2, "nonlinearity": {"type": "WhiteNoise"}}, "nonlinearity must be of a type"),
        ({"type": "RandomNetwork", "g": 2, "nonlinearity": {"type": "Symbolic", "expression": 3}}, "must be a text"),
        ({"type": "RandomNetwork", "g": 2, "nonlinearity": "tahn"}, "one of 'tanh', .* or an expression in x"),
        ({"type": "RandomNetwork", "g": 2, "nonlinearity": None}, "nonlinearity must have __call__"),
    ],
)
def test_bad_mappings(mapping, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        network_from_mapping(mapping)


@pytest.mark.parametrize(
    "expression", ["__import__('os').system('false')", "x.__class__", "lambda: x", "9**9**9**9", "exec(x)"]
)
def test_hostile_expressions(expression: str) -> None:
    for nonlinearity in (expression, {"type": "Symbolic", "expression": expression}):
        with pytest.raises(ValueError):
            network_from_mapping({"type": "RandomNetwork", "g": 2.0, "nonlinearity": nonlinearity})
    with pytest.raises(ValueError):
        network_from_options("RandomNetwork", ["g=2", f"nonlinearity={expression}"])


def test_options() -> None:
    network = network_from_options(
        "RandomNetwork",
        ["drive.intensity=0.3", "g=2", " nonlinearity.n = 2 ", "drive=WhiteNoise", "nonlinearity=threshold-power"],
    )
    assert network == dmft.RandomNetwork(2.0, dmft.ThresholdPower(2), drive=dmft.WhiteNoise(0.3))
    network = network_from_options(
        "BalancedNetwork",
        ["g=1e0", "size=400", "drive=Sinusoid", "drive.amplitude=1", "drive.frequency=.2", "drive.phases=random"],
    )
    assert network == dmft.BalancedNetwork(1.0, 400, drive=dmft.Sinusoid(1.0, 0.2, phases="random"))
    assert network_from_options("RandomNetwork", ["g=2", "drive=none"]) == dmft.RandomNetwork(2.0)
    network = network_from_options("RandomNetwork", ["g=2", "nonlinearity=Symbolic", "nonlinearity.expression=x+1"])
    assert network.nonlinearity == dmft.Symbolic("x + 1")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], r"RandomNetwork needs 'g' \(g=\.\.\.\)"),
        (["g"], "an option must be field=value, .*; got 'g'"),
        (["g="], "the value of g is empty: write g=..., or leave it out"),
        (["=2"], "an option must be field=value"),
        (["g=2", "g=3"], "g is given twice: 2 and 3"),
        (["g=two"], "g must be a real number, finite and positive; got 'two'"),
        (["g=inf"], "g must be finite and positive, got inf"),
        (["G=2"], "RandomNetwork has no field 'G'"),
        (["g=2", "type=PlasticNetwork"], "type is not a field"),
        (["g=2", "drive.type=Sinusoid"], "drive.type is not a field"),
        (["g=2", "network.g=3"], "network.g is not a field"),
        (["g=2", "drive.=3"], "drive. is not a field"),
        (["g=2", "drive.a.b=3"], "a.b"),
        (["g=2", "drive.intensity=3"], "drive.intensity needs drive=..., one of 'WhiteNoise'"),
        (["g=2", "drive=none", "drive.intensity=3"], "drive.intensity needs drive=..."),
        (["g=2", "nonlinearity.n=2"], "nonlinearity.n needs nonlinearity=..., one of 'tanh'"),
        (
            ["g=2", "drive=whitenoise"],
            r"drive must be of a type among .*; got 'whitenoise' \(did you mean 'WhiteNoise'",
        ),
        (["g=2", "drive=WhiteNoise"], r"WhiteNoise needs 'intensity' \(drive\.intensity=\.\.\.\)"),
        (["g=2", "drive=WhiteNoise", "drive.strength=1"], "WhiteNoise has no field 'strength'"),
        (["g=2", "nonlinearity=tanh", "nonlinearity.n=2"], "Tanh has no field 'n'"),
        (["g=2", "nonlinearity=threshold-power"], r"ThresholdPower needs 'n' \(nonlinearity\.n=\.\.\.\)"),
        (["g=2", "nonlinearity=3"], "must depend on x"),
    ],
)
def test_bad_options(options: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        network_from_options("RandomNetwork", options)


def test_unknown_network() -> None:
    with pytest.raises(ValueError, match=r"among 'RandomNetwork', .*; got 'Random' \(did you mean 'RandomNetwork'\?\)"):
        network_from_options("Random", ["g=2"])
