"""All states of a network: counted, followed by `init`, and the one returned does not depend on a weak drive."""

import pytest

import dmft

CUBE = dmft.Symbolic("tanh(x)**3")


def solved(g, phi):
    return dmft.solve_stationary(dmft.RandomNetwork(g, phi))


def names(network):
    return [(b.solution.state, b.stable) for b in dmft.branches(network)]


@pytest.mark.long
def test_states_beside_a_stable_rest():
    """g = 4: C^x(0) = 9.034235173 and exponent .2031443 by the energy and by shooting, beside x = 0."""
    found = dmft.branches(dmft.RandomNetwork(4.0, CUBE))
    assert found.complete
    rest, chaotic = found.stable
    assert (rest.solution.state, rest.solution.variance) == ("quiescent", 0.0)
    assert chaotic.solution.state == "chaotic"
    assert chaotic.solution.variance == pytest.approx(9.034235173, rel=1e-9)
    assert dmft.lyapunov_exponent(chaotic.solution) == pytest.approx(0.2031443, abs=1e-7)
    assert all(b.solution.others == len(found) - 1 for b in found)
    for b in found:  # stable or not, each is a state
        assert b.solution.convergence.residual <= 1e-9


@pytest.mark.parametrize("g", [4.0, 7.7])
@pytest.mark.parametrize("intensity", [1e-10, 1e-6])
def test_a_weak_drive_does_not_change_the_choice(g, intensity):
    plain = dmft.solve_stationary(dmft.RandomNetwork(g, CUBE))
    driven = dmft.solve_stationary(dmft.RandomNetwork(g, CUBE, dmft.WhiteNoise(intensity)))
    assert plain.state == "quiescent"
    assert driven.state == "driven, stable"
    assert driven.variance == pytest.approx(0.5 * intensity, rel=1e-6)
    silent = dmft.solve_stationary(dmft.RandomNetwork(g, CUBE, dmft.WhiteNoise(0.0)))
    assert (silent.state, silent.variance) == ("quiescent", 0.0)


@pytest.mark.long
def test_init_is_followed_both_ways():
    plain, noisy = dmft.RandomNetwork(7.7, CUBE), dmft.RandomNetwork(7.7, CUBE, dmft.WhiteNoise(1e-6))
    upper = dmft.branches(plain).stable[-1].solution
    driven = dmft.solve_stationary(noisy, init=upper)
    assert driven.state == "driven, chaotic"
    assert driven.variance == pytest.approx(40.3, rel=1e-3)
    assert driven.variance == pytest.approx(upper.variance, rel=1e-6)
    back = dmft.solve_stationary(plain, init=driven)
    assert back.state == "chaotic"
    assert back.variance == pytest.approx(upper.variance, rel=1e-10)
    lower = dmft.solve_stationary(noisy)  # a variance of 5e-7, which is that of rest and not of chaos
    assert dmft.solve_stationary(plain, init=lower).state == "quiescent"


@pytest.mark.parametrize("intensity", [1e-10, 1e-7])
def test_weak_noise_in_chaos(intensity):
    plain = dmft.solve_stationary(dmft.RandomNetwork(2.0))
    noisy = dmft.solve_stationary(dmft.RandomNetwork(2.0, drive=dmft.WhiteNoise(intensity)))
    assert noisy.variance == pytest.approx(plain.variance, rel=max(1e-8, 10 * intensity))
    exponents = [float(dmft.lyapunov_exponent(s)) for s in (noisy, plain)]
    assert exponents[0] == pytest.approx(exponents[1], abs=max(1e-8, 10 * intensity))


@pytest.mark.parametrize("phi", [dmft.Tanh(), dmft.Erf()])
def test_odd_sigmoids_have_one_stable_state(phi):
    assert names(dmft.RandomNetwork(0.9, phi)) == [("quiescent", True)]
    found = dmft.branches(dmft.RandomNetwork(2.0, phi))
    assert found.complete
    assert [b.solution.state for b in found.stable] == ["chaotic"]
    assert found.stable[0].solution.variance == pytest.approx(solved(2.0, phi).variance, rel=1e-13)


def test_what_is_refused():
    for network, error, words in (
        (dmft.PlasticNetwork(2.0, 1.0, 1.0), TypeError, "dmft.fixed_points"),
        (dmft.RandomNetwork(2.0, symmetry=0.1), ValueError, "symmetry=0"),
        (dmft.RandomNetwork(2.0, drive=dmft.Sinusoid(1.0, 0.1)), ValueError, "periodic"),
    ):
        with pytest.raises(error, match=words):
            dmft.branches(network)
