"""The two kinds of stationary states: locked, on a circle of lags, and decorrelating, on a half line of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dmft.models.drive import OrnsteinUhlenbeck, WhiteNoise
from dmft.numerics.convergence import Convergence, Status
from dmft.numerics.gaussian.pairs import pair_averages
from dmft.numerics.spectral_elements import HalfLine, graded_edges
from dmft.theories.balanced_stationary.newton import newton
from dmft.theories.balanced_stationary.site import Site
from dmft.theories.balanced_stationary.solution import BalancedStationarySolution

FloatArray = NDArray[np.float64]

_LONGEST = 250.0
_EDGE = 1e-4  # how well the end of the window must repeat what is one period nearer, relative to the variance
_FOLLOWED = 1e-5  # residual at which a step in amplitude is good enough to go on from; at 1e-3 the branch is lost
_DECAYED = 1e-4  # 1 - correlation over whole periods above which a state is chaotic


def on_circle(
    site: Site, rtol: float, max_steps: int, init: BalancedStationarySolution | None
) -> BalancedStationarySolution:
    """Solve for the locked state: c has the period of the drive, and is even about half of it."""
    half = site.half_period
    mesh = HalfLine(np.linspace(0.0, half, 1 + max(2, math.ceil(half / 1.5), math.ceil(half * site.omega / 1.5))))
    if init is not None and init.branch == "locked":
        c, m = init.mesh.interpolate(init.conditional, mesh.nodes * init.mesh.length / half), init.mean
    else:
        c0 = site.static_variance()
        c, m = np.full(len(mesh.nodes), c0), site.mean(c0)
    c, m, error, history = newton(site, mesh, c, m, rtol, max_steps)
    status = Status.CONVERGED if error <= max(rtol, 1e-12) else Status.STALLED
    return _solution(site, mesh, c, m, Convergence(status, error, len(history), tuple(history)), "locked")


def on_line(
    site: Site, length: float, longer: bool, rtol: float, max_steps: int, init: BalancedStationarySolution | None
) -> BalancedStationarySolution:
    """Solve on a half line of lags, at whose end c has become as periodic as the drive."""
    half = site.half_period
    start = None if init is None or init.branch == "locked" else init
    while True:
        cells = max(2, math.ceil(length / half))
        mesh = HalfLine(_edges(cells * half, min(half, 2.0)))
        c, m = _first_guess(site, mesh, max_steps) if start is None else _carried(start, mesh)
        c, m, error, history = newton(site, mesh, c, m, rtol, max_steps)
        last = mesh.nodes >= mesh.length - half
        nearer = np.abs(mesh.nodes[last] - 2.0 * half)
        mismatch = float(np.max(np.abs(c[last] - mesh.interpolate(c, nearer)))) / c[0]
        if not longer or mismatch <= _EDGE or length >= _LONGEST or error > rtol:
            break
        length *= 1.7
        start = _solution(site, mesh, c, m, Convergence(Status.CONVERGED, error, 0), "chaotic")
    noisy = isinstance(site.network.drive, OrnsteinUhlenbeck | WhiteNoise)
    branch = "noisy" if noisy else "chaotic" if _is_chaotic(site, mesh, c) else "locked"
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


def _is_chaotic(site: Site, mesh: HalfLine, c: FloatArray) -> bool:
    """Whether the covariance decays over whole periods; in the locked state it comes back."""
    period = 2.0 * site.half_period
    return 1.0 - float(mesh.interpolate(c, period * math.floor(mesh.length / period))) / c[0] > _DECAYED


def _edges(end: float, longest: float) -> FloatArray:
    return graded_edges(min(0.5, longest), longest, end)


def _carried(start: BalancedStationarySolution, mesh: HalfLine) -> tuple[FloatArray, float]:
    t = mesh.nodes
    end, period = start.mesh.length, Site(start.network, pair_averages(start.network.nonlinearity)).half_period * 2.0
    beyond = t > end
    t = np.where(beyond, end - np.abs((t - end + period / 2) % period - period / 2), t)
    return start.mesh.interpolate(start.conditional, t), start.mean


def _first_guess(site: Site, mesh: HalfLine, max_steps: int) -> tuple[FloatArray, float]:
    """Follow the chaotic state up from zero amplitude, where a covariance that decays to a part of c0 leads to it."""
    net = site.network
    still = Site(net.replace(drive=None), site.averages) if site.amplitude else site
    c0 = still.static_variance()
    m = still.mean(c0)
    c = c0 * (0.65 + 0.35 / np.cosh(mesh.nodes / 4.0))
    if not site.amplitude:
        return c, m
    c, m, _, _ = newton(still, mesh, c, m, _FOLLOWED, max_steps)
    target = site.amplitude
    done = 0.0
    stride = 0.5 * math.sqrt(c[0])
    part = Site(net, site.averages, site.gaussian)
    while done < target:
        part.amplitude = min(target, done + stride)
        new, shift, error, _ = newton(part, mesh, c, m, _FOLLOWED, max_steps)
        if error <= _FOLLOWED and new[0] > 0 and _is_chaotic(part, mesh, new):
            c, m, done = new, shift, part.amplitude
        else:
            stride *= 0.5
            if stride < 1e-3 * math.sqrt(c[0]):
                break
    return c, m


def _solution(
    site: Site, mesh: HalfLine, c: FloatArray, m: float, convergence: Convergence, branch: str
) -> BalancedStationarySolution:
    q, p = site.pair(c, c[0], m, mesh.nodes)
    driven = site.driven(mesh.nodes)
    settings: dict[str, Any] = {"window": mesh.length, "gaussian_phases": site.gaussian}
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
