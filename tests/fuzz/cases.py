"""The cases: what each theory is asked with random statements, and the second method that must agree.

A case is a function of a `draw`: it draws a statement and returns what to run and how to confirm what came out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import second_methods as second
import strategies as some
from hypothesis import strategies as st

import dmft


@dataclass
class Case:
    """What is run, in words and as a function; how its result is confirmed (None: nothing to confirm)."""

    theory: str
    words: str
    run: Callable[[], Any]
    confirm: Callable[[Any], str] | None = None
    settings: dict = field(default_factory=dict)


def failure(draw):
    chosen = draw(some.FAILURE)
    rtol = draw(some.RTOLS)
    return {"on_failure": chosen} | ({} if rtol is None else {"rtol": rtol})


def honest(confirm, settings):
    """Confirm a state, and that the tolerance asked for was reached; one that is no tolerance is to be refused."""

    def both(solution):
        rtol = settings.get("rtol", 1.0)
        if isinstance(rtol, str) or not 0.0 < rtol < np.inf:
            raise second.Refuted(f"rtol={rtol!r} was accepted")
        second.agree("residual", solution.convergence.residual, 0.0, rtol)
        asked = {} if "rtol" not in settings else {"rtol": rtol}
        return confirm(replace(solution, settings=dict(solution.settings) | asked))

    return both


@st.composite
def stationary(draw):
    g, phi, drive, settings = draw(some.GAINS), draw(some.NONLINEARITIES), draw(some.DRIVES), failure(draw)

    def run():
        return dmft.solve_stationary(dmft.RandomNetwork(g, some.made(phi), drive), **settings)

    return Case(
        "stationary", f"RandomNetwork({g}, {phi[1]!r}, {drive}), {settings}", run, honest(second.stationary, settings)
    )


@st.composite
def exponent(draw):
    g, phi, drive = draw(some.GAINS), draw(some.NONLINEARITIES), draw(some.DRIVES)

    def run():
        solution = dmft.solve_stationary(dmft.RandomNetwork(g, some.made(phi), drive), on_failure="ignore")
        if solution.convergence.converged:
            dmft.lyapunov_exponent(solution)
        return solution

    return Case("exponent", f"RandomNetwork({g}, {phi[1]!r}, {drive})", run, second.exponent)


@st.composite
def balanced(draw):
    phi = draw(st.one_of(st.just(("built-in", dmft.ReLU())), st.just(("built-in", dmft.ReLU())), some.NONLINEARITIES))
    g, size = draw(st.one_of(some.log_uniform(0.2, 6.0), some.GAINS)), draw(some.SIZES)
    drive, settings = draw(some.DRIVES), failure(draw)
    strengths = draw(st.sampled_from([{}, {}, {"J0": 0.5}, {"I0": 3.0}, {"I0": 0.0}, {"I0": -1.0}]))

    def run():
        network = dmft.BalancedNetwork(g, size, nonlinearity=some.made(phi), drive=drive, **strengths)
        return dmft.solve_stationary(network, **settings)

    words = f"BalancedNetwork({g}, {size}, nonlinearity={phi[1]!r}, drive={drive}, **{strengths}), {settings}"
    return Case("balanced", words, run, honest(second.balanced, settings))


@st.composite
def nonstationary(draw):
    g, phi = draw(some.GAINS), draw(st.one_of(some.NONLINEARITIES, some.BUILT_IN.map(lambda phi: ("built-in", phi))))
    drive, duration = draw(st.one_of(some.DRIVES, some.COMMON)), draw(some.log_uniform(0.1, 8.0))
    size = draw(st.one_of(st.none(), some.SIZES))
    settings = {"on_failure": draw(some.FAILURE)}

    def run():
        phi_ = some.made(phi)
        if size is None:
            network = dmft.RandomNetwork(g, phi_, drive)
        else:
            network = dmft.BalancedNetwork(g, size, nonlinearity=phi_, drive=drive)
        return dmft.solve_nonstationary(network, duration, **settings)

    words = f"g={g}, K={size}, {phi[1]!r}, {drive}, duration {duration}, {settings}"
    return Case("nonstationary", words, run, lambda solution: second.nonstationary(solution, duration, settings))


@st.composite
def periodic(draw):
    phi = draw(st.one_of(st.just(("built-in", dmft.ReLU())), some.BOUNDED, some.NONLINEARITIES))
    g, size, drive = draw(some.log_uniform(0.2, 6.0)), draw(st.one_of(st.none(), some.SIZES)), draw(some.COMMON)
    settings = failure(draw)

    def run():
        phi_ = some.made(phi)
        if size is None:
            network = dmft.RandomNetwork(g, phi_, drive)
        else:
            network = dmft.BalancedNetwork(g, size, nonlinearity=phi_, drive=drive)
        return dmft.solve_periodic(network, n=32, **settings)

    return Case("periodic", f"g={g}, K={size}, {phi[1]!r}, {drive}, {settings}", run, honest(second.periodic, settings))


@st.composite
def symmetric(draw):
    phi, g = draw(st.one_of(some.BOUNDED, some.NONLINEARITIES)), draw(some.log_uniform(0.3, 8.0))
    rho = draw(st.one_of(st.floats(-1.0, 1.0).map(lambda r: round(r, 3)), some.signed(some.log_uniform(1e-6, 1.0))))
    settings = {"on_failure": draw(some.FAILURE)}

    def solved(seed):
        method = dmft.Sampled(paths=256, seed=seed) if rho else None
        return dmft.solve_stationary(dmft.RandomNetwork(g, some.made(phi), symmetry=rho), method=method, **settings)

    def confirm(solution):
        other = solved(1)
        if not other.convergence.converged or solution.corr_phi_error is None:
            raise second.Unresolved("no second seed")
        return second.another_seed(
            (solution.corr_phi[0], other.corr_phi[0]), (solution.corr_phi_error[0], other.corr_phi_error[0])
        )

    return Case(
        "symmetric",
        f"RandomNetwork({g}, {phi[1]!r}, symmetry={rho}), 256 paths, {settings}",
        lambda: solved(0),
        confirm,
    )


@st.composite
def plastic(draw):
    phi = draw(st.one_of(some.ODD.map(lambda source: ("expression", source)), some.BOUNDED, some.NONLINEARITIES))
    g, p = draw(some.log_uniform(0.3, 5.0)), draw(some.log_uniform(0.1, 20.0))
    k = draw(st.one_of(st.just(0.0), some.signed(some.log_uniform(1e-3, 8.0))))
    settings = {"on_failure": draw(some.FAILURE), "samples": 64, "noise_seeds": 3, "accuracy": 0.05}

    def solved(seed):
        return dmft.solve_plastic(dmft.PlasticNetwork(g, k, p, some.made(phi)), seed=seed, **settings)

    def confirm(solution):
        if k == 0:
            exact = dmft.solve_stationary(dmft.RandomNetwork(g, some.made(phi)))
            second.agree("C^phi(0)", solution.corr_phi[0], exact.corr_phi[0], 6 * solution.corr_phi_error[0] + 1e-6)
            return "the stationary theory"
        other = solved(1)
        if not other.convergence.converged:
            raise second.Unresolved("no second seed")
        return second.another_seed(
            (solution.corr_phi[0], other.corr_phi[0]), (solution.corr_phi_error[0], other.corr_phi_error[0])
        )

    return Case("plastic", f"PlasticNetwork({g}, {k}, {p}, {phi[1]!r}), {settings}", lambda: solved(0), confirm)


@st.composite
def fixed_points(draw):
    phi = draw(st.one_of(some.ODD.map(lambda source: ("expression", source)), some.BOUNDED, some.NONLINEARITIES))
    g, k = draw(some.GAINS), draw(some.signed(some.log_uniform(1e-3, 100.0)))

    def confirm(found):
        if not len(found.x):
            raise second.Unresolved("there are none")
        phi_ = some.made(phi)
        total, square = float(np.sum(found.weights)), float(found.weights @ np.asarray(phi_(found.x)) ** 2)
        second.agree("sum of the weights", total, 1.0, 1e-3)
        second.agree("<phi^2>", square, found.q, 1e-3 * found.q)
        return "direct sums over the states"

    def run():
        return dmft.fixed_points(dmft.PlasticNetwork(g, k, 1.0, some.made(phi)))

    return Case("fixed points", f"PlasticNetwork({g}, {k}, 1, {phi[1]!r})", run, confirm)


@st.composite
def dimension(draw):
    phi, g = draw(some.NONLINEARITIES), draw(some.log_uniform(0.3, 10.0))
    drive = draw(st.one_of(st.none(), some.WHITE, some.COLOURED))
    values = []

    def run():
        solution = dmft.solve_stationary(dmft.RandomNetwork(g, some.made(phi), drive), on_failure="ignore")
        if solution.convergence.converged:
            two = dmft.solve_two_site(solution, lags=[0.0])
            values.append(float(dmft.effective_dimension(two)))
            if not 0.0 <= values[-1] <= 1.0 + 1e-9:
                raise second.Refuted(f"dimension {values[-1]}")
        return solution

    def confirm(solution):
        return second.dimension(solution, values[-1])

    return Case("dimension", f"RandomNetwork({g}, {phi[1]!r}, {drive})", run, confirm)


@st.composite
def critical(draw):
    kind = draw(
        st.sampled_from(["amplitude of a random network", "amplitude of a balanced one", "line in g", "line in noise"])
    )
    g, size, frequency = draw(some.log_uniform(0.5, 5.0)), draw(some.SIZES), draw(some.log_uniform(0.03, 3.0))
    phi, phases = draw(some.BOUNDED), draw(st.sampled_from(["random", "common"]))

    drive = dmft.Sinusoid(1.0, frequency, phases)

    def network():
        if kind == "amplitude of a random network":
            return dmft.RandomNetwork(g, some.made(phi), drive)
        if kind == "amplitude of a balanced one":
            return dmft.BalancedNetwork(g, size, drive=drive)
        return dmft.RandomNetwork(g, some.made(phi), dmft.WhiteNoise(0.3))

    def undriven():
        return network().replace(drive=None)

    def run():
        if kind.startswith("amplitude"):
            return dmft.critical_amplitude(network())
        along, over = {"drive.intensity": [0.1, 1.0]}, {"g": (0.5, 4.0)}
        if kind == "line in noise":
            along, over = {"g": [g, 1.2 * g]}, {"drive.intensity": (1e-3, 10.0)}
        return dmft.critical_line(network(), along, over=over, observable=dmft.lyapunov_exponent)

    def confirm(found):
        def exponent_of(net):
            locked = isinstance(net.drive, dmft.Sinusoid) and phases == "common"
            solve = dmft.solve_periodic if locked else dmft.solve_stationary
            return float(dmft.lyapunov_exponent(solve(net)))

        if kind.startswith("amplitude") and found == 0:
            second.agree("positive part of the exponent without drive", max(exponent_of(undriven()), 0.0), 0.0, 1e-6)
            return "exponent without drive"
        if kind.startswith("amplitude"):
            return second.crossing(lambda a: exponent_of(network().replace(**{"drive.amplitude": a})), float(found))
        along, over = ("g", "drive.intensity") if kind == "line in noise" else ("drive.intensity", "g")
        known = [(float(x), float(y)) for x, y in zip(found[along].values, found[over].values) if np.isfinite(y)]
        if not known:
            raise second.Unresolved("no crossing found")
        for x, y in known:
            second.crossing(lambda v, x=x: exponent_of(network().replace(**{along: x, over: v})), y, 0.01)
        return "exponents on both sides"

    return Case("critical", f"{kind}: g={g}, K={size}, f={frequency}, {phi[1]!r}, {phases}", run, confirm)


@st.composite
def expression(draw):
    alphabet = st.sampled_from(
        [*"x+-*/(),.0123456789e ", "**", "tanh(", "exp(", "log(", "Max(", "sqrt(", "abs(", "pi", "Heaviside("]
    )
    source = draw(st.one_of(st.lists(alphabet, max_size=25).map("".join), some.EXPRESSIONS, st.text(max_size=30)))

    def run():
        phi = dmft.Symbolic(source)
        x = np.linspace(-3.0, 3.0, 41) + 0.0123
        value, slope = np.asarray(phi(x)), np.asarray(phi.derivative(x))
        if not (value.shape == slope.shape == x.shape and value.dtype == slope.dtype == float):
            raise second.Refuted("shape or kind of the values")
        return phi

    def confirm(phi):
        """The slope is that of the values, by differences away from the breakpoints; the text is read back."""
        if dmft.Symbolic(phi.expression) != phi:
            raise second.Refuted("the canonical text is another expression")
        x = 3.0 * np.sin(1.7 * np.arange(1, 41))
        steps = 10.0 ** -np.arange(1.5, 8.0, 0.5)[:, None]
        with np.errstate(all="ignore"):
            differences = (np.asarray(phi(x + steps)) - np.asarray(phi(x - steps))) / (2.0 * steps)
            slope = np.asarray(phi.derivative(x))
            off = np.nanmin(np.abs(differences - slope), axis=0, initial=np.inf)
            rounding = 1e-9 * np.nanmax(np.abs(np.asarray(phi(x))), initial=0.0)
            usual = np.nanmedian(np.abs(slope)) + 1e-7 * np.nanmax(np.abs(slope), initial=0.0)
            off = np.maximum(off - rounding, 0.0) / (np.abs(slope) + usual)
        if np.any((off > 1e-3) & np.isfinite(off)):
            i = int(np.nanargmax(np.where(np.isfinite(off), off, 0)))
            raise second.Refuted(f"slope {slope[i]:.6g} at {x[i]:.6g}, differences {differences[:, i]}")
        return "differences"

    return Case("expression", repr(source), run, confirm)


@st.composite
def mapping(draw):
    from dmft.models.serialization import network_from_mapping, network_from_options, network_to_mapping

    value = st.one_of(
        some.log_uniform(1e-3, 1e3),
        st.sampled_from(["x", "tanh", None, True, "none", [], {}, float("nan")]),
        st.text(max_size=5),
    )
    keys = st.sampled_from(["g", "size", "k", "p", "nonlinearity", "drive", "symmetry", "J0", "type", "intensity", "n"])
    kind = draw(st.sampled_from(["RandomNetwork", "BalancedNetwork", "PlasticNetwork", "Network", "", None, 3]))
    entries = draw(st.dictionaries(keys, st.one_of(value, st.dictionaries(keys, value, max_size=3)), max_size=5))
    options = draw(
        st.lists(st.tuples(keys, st.sampled_from(["=", "", "=="]), st.text(max_size=6)).map("".join), max_size=4)
    )

    base = draw(st.sampled_from([{}, {"g": 2.0}, {"g": 2.0, "size": 100}, {"g": 2.0, "k": 1.0, "p": 2.0}]))
    if draw(st.booleans()):
        kind, entries = draw(st.sampled_from(["RandomNetwork", "BalancedNetwork", "PlasticNetwork"])), base
        drive, phi = draw(st.one_of(some.DRIVES, some.COMMON)), draw(some.EXPRESSIONS)
        if drive is not None:
            entries = entries | {"drive": {"type": type(drive).__name__} | vars(drive)}
        entries = entries | {"nonlinearity": phi}

    def run():
        try:
            return network_from_mapping({"type": kind} | base | entries)
        except ValueError:
            return network_from_options(str(kind), options)

    def confirm(network):
        if network_from_mapping(network_to_mapping(network)) != network:
            raise second.Refuted("another network came back")
        return "written and read back"

    return Case("mapping", f"{kind}, {entries}, {options}", run, confirm)


@st.composite
def file(draw):
    """Random bytes, and a true file with some of its bytes changed or cut off."""
    content, changes = draw(some.BYTES), draw(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6))
    cut, whole = draw(st.floats(0, 1)), draw(st.booleans())

    def run():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file.nc"
            if whole:
                dmft.save(dmft.solve_stationary(dmft.RandomNetwork(2.0)), path)
                data = bytearray(path.read_bytes())
                for share, value in changes:
                    data[int(share * (len(data) - 1))] = value
                content_ = bytes(data if cut < 0.7 else data[: int(cut * len(data))])
            else:
                content_ = content
            path.write_bytes(content_)
            return dmft.load(path)

    return Case("file", f"whole={whole}, cut={cut:.3f}, changes={changes}, {len(content)} bytes", run, None)


THEORIES = (
    [stationary] * 6
    + [exponent] * 3
    + [balanced] * 3
    + [nonstationary] * 2
    + [periodic]
    + [expression] * 2
    + [
        mapping,
        file,
        dimension,
    ]
)
RARE = {
    5: symmetric,
    11: symmetric,
    25: plastic,
    31: plastic,
    45: fixed_points,
    51: fixed_points,
    65: critical,
    71: critical,
}

LATER, LATEST = 1_000_000, 2_000_000  # from which on cases are of theories that came later: the others keep theirs


def case(number):
    """Return the case of a number."""
    if number >= LATER:
        import later
        import structured

        if number >= LATEST:
            return some.example((later.low_rank, later.manifolds)[number % 2](), number)
        return some.example((structured.populations, structured.discrete)[number % 2](), number)
    theory = RARE.get(number % 80) or THEORIES[number % len(THEORIES)]
    return some.example(theory(), number)
