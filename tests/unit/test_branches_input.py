"""What `branches` refuses, and which of its states `init` means."""

import math
import re

import pytest

import dmft


def two(couplings=dmft.Random(1.5), a=dmft.Population(), b=dmft.Population()):  # noqa: B008
    return dmft.Network({"a": a, "b": b}, couplings)


@pytest.mark.parametrize(
    ("network", "error", "words"),
    [
        (dmft.PlasticNetwork(2.0, 1.0, 1.0), TypeError, "dmft.fixed_points"),
        (dmft.RandomNetwork(2.0, symmetry=0.1), ValueError, "symmetry=0"),
        (dmft.RandomNetwork(2.0, drive=dmft.Sinusoid(1.0, 0.1)), ValueError, "periodic"),
        (two(a=dmft.Population(drive=dmft.Sinusoid(1.0, 0.1))), ValueError, "periodic"),
        (two(a=dmft.Population(drive=dmft.Sinusoid(1.0, 0.1, "random"))), ValueError, "random phases is not solved"),
        (two(dmft.Random(1.5, symmetry=0.2)), ValueError, "symmetry must be 0 between populations"),
        (3.0, TypeError, "must be a dmft.Network"),
    ],
    ids=["plastic", "symmetry", "common drive", "moved", "phased", "symmetric blocks", "number"],
)
def test_refused(network, error, words):
    with pytest.raises(error, match=words):
        dmft.branches(network)


def test_a_small_variance_is_near_rest():
    """Noise of 1e-6 around rest has a variance of 5e-7: without it that is rest, and not the chaotic state at 9."""
    network = dmft.RandomNetwork(4.0, dmft.Symbolic("tanh(x)**3"))
    driven = dmft.solve_stationary(network.replace(drive=dmft.WhiteNoise(1e-6)))
    assert driven.variance == pytest.approx(5e-7, rel=1e-5)
    assert dmft.solve_stationary(network, init=driven).state == "quiescent"
    moving = dmft.solve_stationary(dmft.RandomNetwork(2.0))  # a variance of 1.9 is that of motion
    assert dmft.solve_stationary(network, init=moving).state == "chaotic"


def test_activity_without_bound_has_no_state():
    relu = dmft.Population(dmft.ReLU(), bias=0.3)
    found = dmft.branches(two(dmft.Random(2.0), relu, relu))
    assert len(found) == 0
    assert found.complete is None
    assert "no state found" in str(found)
    assert "how many there must be is not known" in str(found)


def test_relu_below_its_transition_has_one_state_and_no_count():
    relu = dmft.Population(dmft.ReLU(), bias=0.3)
    (branch,) = dmft.branches(two(dmft.Random(1.2), relu, relu))
    g2, x = 1.44, branch.solution  # x = 0.3 + sqrt(c) z
    assert branch.stable
    c, m = float(x.variance[0]), float(x.mean_x[0])
    assert m == pytest.approx(0.3)
    a = m / math.sqrt(c)
    density, below = math.exp(-0.5 * a * a) / math.sqrt(2 * math.pi), 0.5 * (1 + math.erf(a / math.sqrt(2)))
    assert c == pytest.approx(g2 * c * ((1 + a * a) * below + a * density), rel=1e-10)


def test_a_table_of_populations():
    found = dmft.branches(two(dmft.Couplings(dmft.Random(0.8), dmft.Mean(1.6))))
    lines = [" ".join(entry.split()) for entry in re.split(r"\n(?=  \S)", str(found))]  # broken to 88 columns
    assert len(lines) == 4
    assert "mean 0, 0" in lines[1]
    assert "outlier at 0.6" in lines[1]
    assert "unstable" in lines[1]
    assert [b.stable for b in found] == [False, True, True]
    assert found[0].solution.others == 2
    assert all(b.solution.convergence.converged for b in found)
