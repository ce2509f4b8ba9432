"""solve_balanced_stationary: the stationary state of a balanced network, whose mean is set by the balance."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dmft.errors import AccuracyWarning
from dmft.models.balanced import BalancedNetwork
from dmft.models.checks import positive
from dmft.models.common_input import is_common
from dmft.models.drive import OrnsteinUhlenbeck, Sinusoid, WhiteNoise
from dmft.models.nonlinearity import ReLU
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.gaussian.pairs import PairAverages, pair_averages
from dmft.numerics.spectral_elements import HalfLine, graded_edges
from dmft.theories.solution import OnFailure, Solution, delivered

if TYPE_CHECKING:
    import xarray

FloatArray = NDArray[np.float64]

_WINDOW = 40.0  # first length of the half line of lags
_LONGEST = 250.0
_CRITICAL = 0.6  # memory times the locked state's exponent, near the amplitude where chaos ends
_MERGED = 1e-3  # exponent of an unstable locked state below which the chaotic state is not looked for
_EDGE = 1e-4  # how well the end of the window must repeat what is one period nearer, relative to the variance
_FOLLOWED = 1e-3  # residual at which a step in amplitude is good enough to go on from
_DECAYED = 1e-4  # 1 - correlation over whole periods above which a state is chaotic


@dataclass(frozen=True, eq=False, kw_only=True)
class BalancedStationarySolution(Solution):
    """Stationary state of a balanced network.

    Attributes
    ----------
    lags : nodes of the mesh of lags, from 0, in units of tau.
    cov_h : covariance of h over neurons at the lags, around the mean, the response to a sinusoid included.
    corr_phi, corr_slope : <phi phi>, <phi' phi'> at the lags.
    mean, variance : of h over neurons.
    rate : <phi(h)>.
    conditional : covariance of h given the phase of the sinusoid, at the lags; cov_h without one.
    branch : "chaotic", "locked" (h repeats with the drive, or does not move) or "noisy" (a private random input).
    """

    network: BalancedNetwork
    lags: FloatArray = field(repr=False)
    cov_h: FloatArray = field(repr=False)
    corr_phi: FloatArray = field(repr=False)
    corr_slope: FloatArray = field(repr=False)
    conditional: FloatArray = field(repr=False)
    mean: float
    variance: float
    rate: float
    branch: str
    mesh: HalfLine = field(repr=False)

    references: ClassVar[tuple[str, ...]] = ("engelken2022",)
    coordinates: ClassVar[dict[str, str]] = {"lags": "tau"}
    variables: ClassVar[dict[str, tuple[tuple[str, ...], str]]] = {
        "cov_h": (("lags",), "1"),
        "corr_phi": (("lags",), "1"),
        "corr_slope": (("lags",), "1"),
        "mean": ((), "1"),
        "variance": ((), "1"),
        "rate": ((), "1"),
    }

    def cov_h_at(self, lag: ArrayLike) -> FloatArray:
        """Return cov_h at any lag within the window."""
        return self.mesh.interpolate(self.cov_h, np.abs(np.asarray(lag, dtype=float)))

    def to_xarray(self) -> xarray.Dataset:
        """Return the arrays as a labelled dataset, with the branch among the attributes."""
        return super().to_xarray().assign_attrs(branch=self.branch)


def solve_balanced_stationary(
    network: BalancedNetwork,
    *,
    branch: str | None = None,
    window: float | None = None,
    rtol: float = 1e-9,
    max_steps: int = 60,
    init: BalancedStationarySolution | None = None,
    on_failure: OnFailure = "raise",
) -> BalancedStationarySolution:
    """Solve the stationary dynamical mean-field theory of a balanced network.

    (1 - d^2/dlag^2) c = g^2 <phi phi> + K_I,   m = sqrt(K) (I0 - J0 <phi>),
    for h of mean m and covariance c. Under a sinusoid of random phase h is conditioned on the phase: it is Gaussian
    around m + A sin(theta + w t), A = I1/sqrt(1 + w^2), and the averages run over theta as well [Engelken et al., PLoS
    Comput. Biol. 18, e1010590 (2022)]. Newton's method for c on the nodes and m together.

    Parameters
    ----------
    network : `BalancedNetwork` without a drive, with a private one, or with a sinusoid of random phases.
    branch : None: the stable state, "locked" if the locked state is stable and "chaotic" otherwise; or one of them.
    window : length of the half line of lags; by default long enough.
    rtol : largest residual relative to the variance that counts as converged.
    max_steps : largest number of Newton steps.
    init : solution of a neighbouring network on the same branch, to start from.
    on_failure : "raise", "warn" or "ignore".

    Raises
    ------
    NotConvergedError : if Newton's method fails, if the chaotic branch does not exist, or if the window is too short.
    ValueError : for a drive that is not stationary.

    Warns
    -----
    AccuracyWarning : within 0.1 % of the critical amplitude, where the memory of the chaotic state diverges: the locked
        state is returned.

    Notes
    -----
    Accuracy: `tests/reference/test_balanced_reference.py` (undriven: the scale-invariant one-dimensional problem).
    Cost: 30-300 ms.
    """
    if is_common(network.drive):
        raise ValueError(
            "a common drive makes the state periodic, not stationary: use dmft.solve_periodic or "
            "dmft.solve_nonstationary"
        )
    if branch not in (None, "locked", "chaotic"):
        raise ValueError(f"branch must be None, 'locked' or 'chaotic', got {branch!r}")
    site = _Site(network, pair_averages(network.nonlinearity))
    noisy = isinstance(network.drive, OrnsteinUhlenbeck | WhiteNoise)
    if window is not None:
        window = positive("window", window)
    memory = 0.0
    if not noisy:
        locked = _on_circle(site, rtol, max_steps, init)
        exponent = locked_exponent(locked)
        if branch == "locked" or (branch is None and locked.convergence.converged and exponent <= 0):
            return delivered(locked, on_failure)
        if branch is None and exponent < _MERGED:
            warnings.warn(
                f"the chaotic state has all but merged with the locked one, which is returned: its exponent is within "
                f"{exponent:.1e} of the chaotic one",
                AccuracyWarning,
                stacklevel=2,
            )
            return delivered(locked, on_failure)
        memory = _CRITICAL / max(exponent, 3e-3)
    length = window or max(_WINDOW, memory)
    solution = _on_line(site, length, window is None, rtol, max_steps, init)
    if init is not None and not solution.convergence.converged:
        solution = _on_line(site, length, window is None, rtol, max_steps, None)
    return delivered(solution, on_failure)


def locked_exponent(solution: BalancedStationarySolution) -> float:
    """Return the largest exponent of a solution by its Hill problem, (1 + lambda)^2 = top of d^2 + g^2 <phi' phi'>."""
    level, _ = solution.mesh.lowest(1.0 - solution.network.g**2 * solution.corr_slope)
    return -1.0 + math.sqrt(1.0 - level)


class _Site:
    """Averages over the single-site process, as functions of c on nodes and of m."""

    def __init__(self, network: BalancedNetwork, averages: PairAverages) -> None:
        self.network = network
        self.averages = averages
        drive = network.drive
        self.omega = 2.0 * math.pi * drive.frequency if isinstance(drive, Sinusoid) else 0.0
        self.amplitude = drive.amplitude / math.hypot(1.0, self.omega) if isinstance(drive, Sinusoid) else 0.0
        self.flux = 0.5 * drive.intensity if isinstance(drive, WhiteNoise) else 0.0

    @property
    def half_period(self) -> float:
        """Half a period of the drive; 1 without one."""
        return math.pi / self.omega if self.omega else 1.0

    def phases(self, variance: float) -> FloatArray:
        """Phases to average over: spectral, more of them the more the sine stands out of the spread of h."""
        if self.amplitude == 0.0:
            return np.zeros(1)
        n = 24 + 8 * math.ceil(self.amplitude / math.sqrt(max(variance, 1e-12)))
        return 2.0 * math.pi * np.arange(n) / n

    def pair(self, c: FloatArray, c0: float, m: float, lags: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return <phi phi> and <phi' phi'>."""
        theta = self.phases(c0)[:, None]
        now = m + self.amplitude * np.sin(theta)
        later = m + self.amplitude * np.sin(theta + self.omega * lags)
        if isinstance(self.network.nonlinearity, ReLU):
            from dmft.numerics.gaussian.relu_row import relu_phases

            return relu_phases(now[:, 0].copy(), np.ascontiguousarray(later), float(c0), np.minimum(c, c0))
        q, p = self.averages.pair(now, c0, later, c0, np.minimum(c, c0))
        return q.mean(axis=0), p.mean(axis=0)

    def rate(self, c0: float, m: float) -> tuple[float, float]:
        """Return <phi> and <phi'>."""
        f, d = self.averages.first(m + self.amplitude * np.sin(self.phases(c0)), c0)
        return float(np.mean(f)), float(np.mean(d))

    def mean(self, c0: float) -> float:
        """Return m of the balance at a variance."""
        from scipy.optimize import brentq

        def excess(m: float) -> float:
            return m - self.network.excitation + self.network.inhibition * self.rate(c0, m)[0]

        low, high = -1.0 - self.amplitude, 1.0 + self.amplitude
        while excess(low) > 0:
            low *= 2.0
        while excess(high) < 0:
            high *= 2.0
        return float(brentq(excess, low, high, xtol=1e-13, rtol=1e-14))

    def input(self, lags: FloatArray) -> FloatArray:
        """Covariance of a private Ornstein-Uhlenbeck input."""
        drive = self.network.drive
        if isinstance(drive, OrnsteinUhlenbeck):
            return drive.variance * np.exp(-lags / drive.correlation_time)
        return np.zeros_like(lags)

    def static_variance(self) -> float:
        """Return c0 of the state that does not move but for the drive: c0 = g^2 <phi^2>, the phase averaged over."""
        from scipy.optimize import brentq

        def growth(log_c: float) -> float:
            c0 = math.exp(log_c)
            q, _ = self.pair(np.array([c0]), c0, self.mean(c0), np.zeros(1))
            return math.log(max(self.network.g**2 * float(q[0]), 1e-300)) - log_c

        top = math.log(self.network.g**2 * (max(self.network.excitation, 1.0) + self.amplitude) ** 2 + 1.0)
        for i in range(40):
            if growth(top - i - 1) > 0 > growth(top - i):
                return math.exp(brentq(growth, top - i - 1, top - i, xtol=1e-6))
        return math.exp(top - 40)


def _newton(
    site: _Site, mesh: HalfLine, c: FloatArray, m: float, rtol: float, max_steps: int
) -> tuple[FloatArray, float, float, list[float]]:
    """Solve the equations in weak form for c on the nodes and m; return them, the residual, and its history."""
    net = site.network
    g2, w, lags = net.g**2, mesh.weights, mesh.nodes
    stiffness = _dense(mesh)
    source = w * site.input(lags)
    source[0] += site.flux

    def residual(c: FloatArray, m: float) -> tuple[FloatArray, FloatArray, FloatArray, float]:
        q, p = site.pair(c, c[0], m, lags)
        f, d = site.rate(c[0], m)
        parts = stiffness @ c + w * (c - g2 * q) - source
        return np.append(parts, m - net.excitation + net.inhibition * f), q, p, d

    def size(r: FloatArray, c: FloatArray) -> float:
        # the undamped map's own error: e = c - F(c) solves (1 - d^2) e = r
        return float(np.max(np.abs(mesh.solve(1.0, r[:-1]))) / c[0] + abs(r[-1]) / (1.0 + abs(net.excitation)))

    r, q, p, d = residual(c, m)
    history = [size(r, c)]
    for _ in range(max_steps):
        if history[-1] <= rtol or not math.isfinite(history[-1]):
            break
        n = len(c)
        jacobian = np.zeros((n + 1, n + 1))
        jacobian[:n, :n] = stiffness + np.diag(w * (1.0 - g2 * p))
        step = 1e-6 * c[0]
        # q depends on c0 = c[0] as a variance too; c0 is varied with the covariances held, q(0) along with it
        shifted = c.copy()
        shifted[0] += step
        up, _ = site.pair(shifted, c[0] + step, m, lags)
        jacobian[:n, 0] -= g2 * w * (up - q) / step
        jacobian[0, 0] += g2 * w[0] * p[0]
        dm = 1e-6 * math.sqrt(c[0])
        plus, _ = site.pair(c, c[0], m + dm, lags)
        jacobian[:n, n] = -g2 * w * (plus - q) / dm
        jacobian[n, n] = 1.0 + net.inhibition * d
        jacobian[n, 0] = net.inhibition * (site.rate(c[0] + step, m)[0] - site.rate(c[0], m)[0]) / step
        change = np.linalg.solve(jacobian, -r)
        part = min(1.0, 0.5 * c[0] / max(abs(change[0]), 1e-300))
        while part > 1e-3:
            trial = c + part * change[:n]
            new = residual(np.maximum(trial, -trial[0]), m + part * change[n])
            if size(new[0], trial) < history[-1]:
                break
            part *= 0.5
        c, m = trial, m + part * float(change[n])
        r, q, p, d = new
        history.append(size(r, c))
        if part <= 1e-3:
            break
    return c, m, history[-1], history


def _dense(mesh: HalfLine) -> FloatArray:
    banded = mesh.operator(np.zeros(len(mesh.nodes)))
    k = mesh.degree
    n = banded.shape[1]
    full = np.zeros((n, n))
    for j in range(k + 1):
        full += np.diag(banded[k - j, j:], j)
        if j:
            full += np.diag(banded[k - j, j:], -j)
    return full


def _on_circle(
    site: _Site, rtol: float, max_steps: int, init: BalancedStationarySolution | None
) -> BalancedStationarySolution:
    """Solve for the locked state: c has the period of the drive, and is even about half of it."""
    half = site.half_period
    mesh = HalfLine(np.linspace(0.0, half, 1 + max(2, math.ceil(half / 1.5), math.ceil(half * site.omega / 1.5))))
    if init is not None and init.branch == "locked":
        c, m = init.mesh.interpolate(init.conditional, mesh.nodes * init.mesh.length / half), init.mean
    else:
        c0 = site.static_variance()
        c, m = np.full(len(mesh.nodes), c0), site.mean(c0)
    c, m, error, history = _newton(site, mesh, c, m, rtol, max_steps)
    status = Status.CONVERGED if error <= max(rtol, 1e-12) else Status.STALLED
    return _solution(site, mesh, c, m, Convergence(status, error, len(history), tuple(history)), "locked")


def _on_line(
    site: _Site, length: float, longer: bool, rtol: float, max_steps: int, init: BalancedStationarySolution | None
) -> BalancedStationarySolution:
    """Solve on a half line of lags, at whose end c has become as periodic as the drive."""
    half = site.half_period
    start = None if init is None or init.branch == "locked" else init
    while True:
        cells = max(2, math.ceil(length / half))
        mesh = HalfLine(_edges(cells * half, min(half, 2.0)))
        c, m = _first_guess(site, mesh, max_steps) if start is None else _carried(start, mesh)
        c, m, error, history = _newton(site, mesh, c, m, rtol, max_steps)
        last = mesh.nodes >= mesh.length - half
        nearer = np.abs(mesh.nodes[last] - 2.0 * half)
        mismatch = float(np.max(np.abs(c[last] - mesh.interpolate(c, nearer)))) / c[0]
        if not longer or mismatch <= _EDGE or length >= _LONGEST or error > rtol:
            break
        length *= 1.7
        start = _solution(site, mesh, c, m, Convergence(Status.CONVERGED, error, 0), "chaotic")
    noisy = isinstance(site.network.drive, OrnsteinUhlenbeck | WhiteNoise)
    whole = 2.0 * half * math.floor(mesh.length / (2.0 * half))
    chaotic = 1.0 - float(mesh.interpolate(c, whole)) / c[0] > _DECAYED
    branch = "noisy" if noisy else "chaotic" if chaotic else "locked"
    if error > rtol:
        outcome = Convergence(Status.STALLED, error, len(history), tuple(history))
    elif branch == "locked":
        detail = "there is no chaotic state: Newton's method has come to the locked one"
        outcome = Convergence(Status.NO_SOLUTION, error, len(history), tuple(history), detail)
    elif mismatch > 10 * _EDGE:
        detail = (
            f"the window of {mesh.length:.4g} is shorter than the memory: the covariance at its end differs by "
            f"{mismatch:.1g} of the variance from one period before; try window={1.7 * mesh.length:.0f}"
        )
        outcome = Convergence(Status.GRID_TOO_SHORT, mismatch, len(history), tuple(history), detail)
    else:
        outcome = Convergence(Status.CONVERGED, error, len(history), tuple(history))
    return _solution(site, mesh, c, m, outcome, branch)


def _edges(end: float, longest: float) -> FloatArray:
    return graded_edges(min(0.5, longest), longest, end)


def _carried(start: BalancedStationarySolution, mesh: HalfLine) -> tuple[FloatArray, float]:
    t = mesh.nodes
    end, period = start.mesh.length, _Site(start.network, pair_averages(start.network.nonlinearity)).half_period * 2.0
    beyond = t > end
    t = np.where(beyond, end - np.abs((t - end + period / 2) % period - period / 2), t)
    return start.mesh.interpolate(start.conditional, t), start.mean


def _first_guess(site: _Site, mesh: HalfLine, max_steps: int) -> tuple[FloatArray, float]:
    """Follow the chaotic state up from zero amplitude, where a covariance that decays to a part of c0 leads to it."""
    net = site.network
    still = _Site(net.replace(drive=None), site.averages) if site.amplitude else site
    c0 = still.static_variance()
    m = still.mean(c0)
    c = c0 * (0.65 + 0.35 / np.cosh(mesh.nodes / 4.0))
    if not site.amplitude:
        return c, m
    c, m, _, _ = _newton(still, mesh, c, m, _FOLLOWED, max_steps)
    target = site.amplitude
    done = 0.0
    stride = 0.5 * math.sqrt(c[0])
    part = _Site(net, site.averages)
    while done < target:
        part.amplitude = min(target, done + stride)
        new, shift, error, _ = _newton(part, mesh, c, m, _FOLLOWED, max_steps)
        if error <= _FOLLOWED and new[0] > 0:
            c, m, done = new, shift, part.amplitude
        else:
            stride *= 0.5
            if stride < 1e-3 * math.sqrt(c[0]):
                break
    return c, m


def _solution(
    site: _Site, mesh: HalfLine, c: FloatArray, m: float, convergence: Convergence, branch: str
) -> BalancedStationarySolution:
    q, p = site.pair(c, c[0], m, mesh.nodes)
    driven = 0.5 * site.amplitude**2 * np.cos(site.omega * mesh.nodes)
    settings: dict[str, Any] = {"window": mesh.length}
    return BalancedStationarySolution(
        network=site.network,
        convergence=convergence,
        settings=settings,
        lags=mesh.nodes.copy(),
        cov_h=c + driven,
        corr_phi=q,
        corr_slope=p,
        conditional=c.copy(),
        mean=float(m),
        variance=float(c[0] + driven[0]),
        rate=site.rate(c[0], m)[0],
        branch=branch,
        mesh=mesh,
    )
