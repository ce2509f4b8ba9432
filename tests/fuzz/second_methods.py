"""A second method for each theory, that shares no averages, no lag equation and no iteration with the first.

Each returns its name, or raises `Refuted` with the two numbers, or `Unresolved` where it has no say.
"""

from __future__ import annotations

import math

import numpy as np
from averages import Averages, Unresolved

import dmft

LARGEST_ERROR = 1e-6  # of C(0), where the solution claims none
LAG_TOLERANCE = 1e-4  # of the lag equation, and what half of its nodes and of its table change
LAG_UNSURE = 0.02  # of what they change, from which it has no say


class Refuted(AssertionError):
    """The second method disagrees."""


def agree(what, first, second, allowed):
    if not abs(first - second) <= allowed:
        raise Refuted(f"{what}: {first:.10g}, by the second method {second:.10g}, allowed {allowed:.1g}")


def claimed(solution):
    """Relative error that the solution claims or was asked for, with a factor of room; never below 1e-6."""
    error, rtol = solution.convergence.error, solution.settings.get("rtol", 0.0)
    return max(5 * error if math.isfinite(error) else 0.0, 10 * rtol, LARGEST_ERROR)


def noise_of(drive):
    return drive.intensity if isinstance(drive, dmft.WhiteNoise) else 0.0


def input_covariance(drive, lag):
    """Covariance, filtered by a neuron, of a private input: the part of C(lag) that is there without couplings."""
    lag = np.abs(lag)
    if isinstance(drive, dmft.WhiteNoise):
        return 0.5 * drive.intensity * np.exp(-lag)
    if isinstance(drive, dmft.OrnsteinUhlenbeck):
        rate = 1.0 / drive.correlation_time
        if abs(rate - 1.0) < 1e-6:
            return 0.5 * drive.variance * (1.0 + lag) * np.exp(-lag)
        return drive.variance * (np.exp(-rate * lag) - rate * np.exp(-lag)) / (1.0 - rate**2)
    return 0.0 * lag


def slope_at_rest(phi):
    """Return the root mean square of phi' on both sides of 0: a small x has either sign, at a kink too.

    Where phi' itself is steep, as of x^1.5, x must be small indeed.
    """
    first, second, last = (_slope_over(phi, h) for h in (1e-7, 1e-15, 1e-30))
    if abs(last - first) > 1e-5 * (1.0 + last) and abs(last - second) > 0.1 * abs(second - first):
        raise Unresolved("the slope at rest")
    return last


def _slope_over(phi, h):
    return math.sqrt(sum(((float(phi(s * h)) - float(phi(0.0))) / h) ** 2 for s in (-1.0, 1.0)) / 2.0)


def constant_state(g, phi, mean, variance, allowed):
    """A state that does not move: c0 = g^2 <phi^2>, stable if g^2 <phi'^2> < 1; or rest."""
    if variance <= 1e-12:
        value = float(phi(mean))
        slope = slope_at_rest(phi) if mean == 0 else float(phi.derivative(mean))
        agree("g phi at rest", g * abs(value), 0.0, 1e-6)
        if g * abs(slope) > 1.0 + 1e-6:
            raise Refuted(f"at rest, but g |phi'(0)| = {g * abs(slope):.6g}")
        return "rest: g |phi'(0)| < 1"
    site = Averages(phi, mean, variance)
    agree("variance", variance, g**2 * site.mean_square, max(10 * allowed, 1e-7) * variance)
    if g**2 * site.mean_square_slope > 1.0 + 1e-3:
        raise Refuted(f"a fixed point, but g^2 <phi'^2> = {g**2 * site.mean_square_slope:.6g}")
    return "fixed point: c0 = g^2 <phi^2>"


def energy(g, phi, mean, variance, noise, floor):
    """C'^2/2 + V is the same at lag 0, where C' = -noise/2, and at infinity: its mismatch; 0 in a solution."""
    site = Averages(phi, mean, variance)
    static = floor
    for _ in range(60 if floor > 0 else 0):
        if static > 0.98 * variance:
            raise Unresolved("nearly static")
        new = g**2 * site.corr_phi(static)
        if abs(new - static) < 1e-12 * variance:
            break
        static = new
    return -0.5 * (variance**2 - static**2) + g**2 * site.potential_difference(static) + noise**2 / 8.0


def energy_orbit(g, phi, mean_of, variance, noise, floor, allowed):
    """The root of the energy balance closest to the variance, by its change over 1e-4 of it."""
    floor = floor if floor > 1e-9 * variance else 0.0
    step = 1e-4
    low, at, high = (
        energy(g, phi, mean_of(variance * (1 + d)), variance * (1 + d), noise, floor * (1 + d))
        for d in (-step, 0.0, step)
    )
    if high == low:
        raise Unresolved("the energy does not depend on the variance")
    off = abs(2 * step * at / (high - low))
    agree("relative offset of the variance", off, 0.0, max(allowed, 1e-6))
    return "energy balance c0^2 = 2 g^2 Var Phi"


# Every other one is the coarse table. Next to the variance, where phi may be steep, NEXT tells what both miss.
SHARES = np.append(0.99 * np.sin(0.5 * math.pi * np.arange(24) / 23) ** 2, 1.0)
NEXT = 0.999


def lag_equation(g, phi, mean, covariance_at, drive, decay, scale, claim):
    """C(lag) = int exp(-|lag - s|)/2 g^2 <phi phi>(C(s)) ds + input, at four lags, on two meshes and by two tables."""
    variance = float(covariance_at(0.0))
    site = Averages(phi, mean, variance)
    table = np.array([site.corr_phi(share * variance) for share in SHARES])
    if abs(table[-1] - table[-3]) > 0.1 * table[-1]:
        raise Unresolved("<phi phi> is too steep next to the variance to be interpolated")
    odd = abs(site.mean_phi) < 1e-9 * math.sqrt(site.mean_square)

    def corr_phi(c, every):
        from scipy.interpolate import CubicSpline

        f = CubicSpline(np.sqrt(1.0 - SHARES[::-every]), table[::-every])
        share = np.clip(c / variance, -1.0, 1.0)
        if np.any(share < -1e-9) and not odd:
            raise Unresolved("a negative covariance of what is not odd")
        return np.sign(share) * f(np.sqrt(1.0 - np.abs(share))) if odd else f(np.sqrt(1.0 - np.clip(share, 0.0, 1.0)))

    fine, end = min(0.05, 0.02 * scale), 60.0 + min(30.0 / decay, 300.0)
    nodes, weights = np.polynomial.legendre.leggauss(6)

    def images(at, every):
        lags = np.concatenate([[0.0], np.geomspace(fine, end, 501)[::every]])
        half = 0.5 * np.diff(lags)[:, None]
        s, w = (lags[:-1, None] + half * (1.0 + nodes)).ravel(), (half * weights).ravel()
        values, last = g**2 * corr_phi(covariance_at(s), every), g**2 * float(corr_phi(covariance_at(end), every))
        kernel = 0.5 * (np.exp(-np.abs(at[:, None] - s)) + np.exp(-(at[:, None] + s)))
        tail = last * 0.5 * (np.exp(at - end) + np.exp(-at - end))
        return kernel @ (w * values) + tail + input_covariance(drive, at)

    at = np.array([0.0, 0.5, 2.0, 5.0])
    best, coarse = images(at, 1), images(at, 2)
    missed = abs(site.corr_phi(NEXT * variance) - float(corr_phi(np.array(NEXT * variance), 1)))
    unsure = float(np.max(np.abs(best - coarse))) + g**2 * missed
    if not unsure <= LAG_UNSURE * variance:
        raise Unresolved(f"half of the nodes change the lag equation by {unsure / variance:.2g}")
    worst = float(np.max(np.abs(best - covariance_at(at))))
    agree("residual of the lag equation", worst, 0.0, max(LAG_TOLERANCE, claim) * variance + unsure)
    return "lag equation by direct quadrature"


def stationary(solution):
    network = solution.network
    g, phi, drive = network.g, network.nonlinearity, network.drive
    if solution.state in ("quiescent", "fixed point"):
        return constant_state(g, phi, 0.0, solution.variance, claimed(solution))
    if isinstance(drive, dmft.Sinusoid):
        return by_march(solution, solution.corr_x_at(0.0))
    static = float(solution.corr_x_at(1e3 / min(solution.decay_rate, 10.0)))
    done = []
    if drive is None or isinstance(drive, dmft.WhiteNoise):
        done.append(energy_orbit(g, phi, lambda v: 0.0, solution.variance, noise_of(drive), static, claimed(solution)))
    else:
        scale = min(1.0, drive.correlation_time)
        claim = max(claimed(solution), solution.convergence.residual)
        done.append(lag_equation(g, phi, 0.0, solution.corr_x_at, drive, solution.decay_rate, scale, claim))
    site = Averages(phi, 0.0, solution.variance)
    agree(
        "<phi'^2>",
        solution.mean_square_slope,
        site.mean_square_slope,
        1e-5 * site.mean_square_slope + claimed(solution),
    )
    return done[0]


def exponent(solution):
    """The exponent of a state that does not move by its slopes, of any other by Riccati shooting."""
    first = dmft.lyapunov_exponent(solution)
    allowed = 1e-5 * (1 + abs(first)) + 5 * first.error
    g, phi = solution.network.g, solution.network.nonlinearity
    if solution.state in ("quiescent", "fixed point"):
        if solution.variance <= 1e-12:
            square = slope_at_rest(phi) ** 2
        else:
            square = Averages(phi, 0.0, solution.variance).mean_square_slope
        agree("exponent", float(first), g * math.sqrt(square) - 1.0, allowed)
        return "slopes of the constant state"
    agree("exponent", float(first), float(dmft.lyapunov_exponent(solution, method="riccati")), allowed)
    return "riccati against collocation"


def dimension(solution, value):
    """Participation ratio by the plain double sum over frequencies; for a correlation that decays to zero."""
    site = Averages(solution.network.nonlinearity, 0.0, solution.variance)
    if abs(site.mean_phi) > 1e-9 * math.sqrt(site.mean_square) or not 0.15 < solution.decay_rate < 2.0:
        raise Unresolved("the sum is for odd phi and a memory of a few tau")
    step = 0.1
    n = 2 ** math.ceil(math.log2(60.0 / solution.decay_rate**2 / step))
    half = np.asarray(solution.corr_phi_at(step * np.arange(n)))
    spectrum = step * np.fft.rfft(np.concatenate([half, [0.0], half[:0:-1]])).real
    omega = 2.0 * np.pi * np.fft.rfftfreq(2 * n, step)
    keep = spectrum > 1e-7 * spectrum[0]
    c, w = np.concatenate([spectrum[keep][:0:-1], spectrum[keep]]), np.concatenate([-omega[keep][:0:-1], omega[keep]])
    coupling = (solution.network.g * site.mean_slope) ** 2
    total = sum(c1 * np.sum(c / np.abs(1.0 - coupling / ((1 + 1j * w1) * (1 + 1j * w))) ** 2) for c1, w1 in zip(c, w))
    agree("dimension", value, site.mean_square**2 / (total / (2 * n * step) ** 2), 0.01 * value)
    return "double sum over frequencies"


def crossing(exponent_at, place, share=0.03):
    """The exponent has different signs on both sides of a critical point."""
    low, high = exponent_at(place * (1 - share)), exponent_at(place * (1 + share))
    if low * high > 0:
        raise Refuted(f"no change of sign at {place:.6g}: {low:.4g} below, {high:.4g} above")
    return "exponents on both sides"


def by_march(solution, variance):
    """March in two times from a state of the same variance until it has settled, 160 steps at most."""
    dt = min(0.2, 1.0 / 16.0 / solution.network.drive.frequency)
    mean = solution.mean_x
    march = dmft.solve_nonstationary(
        solution.network, 160 * dt, method=dmft.TwoTimeMarch(dt=dt), init=(mean, float(variance)), on_failure="ignore"
    )
    if not march.convergence.converged:
        raise Unresolved(f"the march: {march.convergence.status.name}")
    late = march.variance[len(march.variance) // 2 :]
    if np.ptp(late) > 0.02 * np.mean(late):
        raise Unresolved("the march has not settled")
    agree("variance", float(variance), float(np.mean(late)), 0.02 * float(np.mean(late)))
    return "march in two times"


def balanced(solution):
    network = solution.network
    g, phi, drive = network.g, network.nonlinearity, network.drive
    variance, mean = solution.variance, solution.mean_x
    excitation, inhibition = (math.sqrt(network.size) * x for x in (network.I0, network.J0))
    if isinstance(drive, dmft.Sinusoid):
        return by_march(solution, variance)
    site = Averages(phi, mean, variance)
    allowed = max(claimed(solution), 1e-6)
    size = abs(mean) + abs(excitation) + math.sqrt(variance)
    agree("mean", mean, excitation - inhibition * site.mean_phi, allowed * size * (1 + inhibition))
    if solution.process.branch == "locked":
        return constant_state(g, phi, mean, variance, allowed)

    def at(lag):
        return solution.cov_x_at(np.minimum(np.abs(lag), solution.lags[-1]))

    if drive is None or isinstance(drive, dmft.WhiteNoise):
        from scipy.optimize import brentq

        def mean_of(v):
            def balance(m):
                return m - excitation + inhibition * Averages(phi, m, v).mean_phi

            near = 1e-3 * (abs(mean) + math.sqrt(v))
            return brentq(balance, mean - near, mean + near, xtol=1e-14) if v != variance else mean

        return energy_orbit(g, phi, mean_of, variance, noise_of(drive), float(solution.cov_x[-1]), allowed)
    return lag_equation(g, phi, mean, at, drive, 0.3, min(1.0, drive.correlation_time), allowed)


def nonstationary(solution, duration, settings):
    """The march again with half the step: it changes by no more than the error that the first one tells."""
    fine = dmft.solve_nonstationary(
        solution.network,
        duration,
        method=dmft.TwoTimeMarch(dt=(solution.times[1] - solution.times[0]) / 2),
        **settings | {"on_failure": "ignore"},
    )
    if not fine.convergence.converged:
        raise Unresolved(f"half the step: {fine.convergence.status.name}")
    scale = np.max(np.abs(fine.variance)) + np.max(np.abs(fine.mean_x)) ** 2 * 1e-2
    for name in ("mean_x", "variance", "mean_phi"):
        first = np.asarray(getattr(solution, name))
        if not np.all(np.isfinite(first)):
            raise Refuted(f"{name} is not finite in a converged solution")
    n = min(len(solution.variance), len(fine.variance[::2]))
    off = np.max(np.abs(solution.variance[:n] - fine.variance[::2][:n]))
    agree("largest change of the variance", float(off), 0.0, solution.convergence.error * scale + 1e-12)
    return "march with half the step"


def periodic(solution):
    """Twice the points a period; if it is stable, also the march from its state."""
    n = len(solution.times)
    fine = dmft.solve_periodic(solution.network, n=2 * n, init=None, on_failure="ignore")
    if not fine.convergence.converged:
        raise Unresolved(f"twice the points: {fine.convergence.status.name}")
    scale = float(np.max(fine.variance)) + 1e-12
    if float(np.max(np.abs(fine.variance[::2] - solution.variance))) > 0.2 * scale:
        raise Unresolved("another locked state")
    agree("variance", float(np.mean(solution.variance)), float(np.mean(fine.variance)), 0.02 * scale)
    return "twice the points a period"


def another_seed(values, errors, allowed=6.0):
    (first, second), (one, two) = values, errors
    agree("two seeds", first, second, allowed * math.hypot(one, two) + 1e-12)
    return "another seed"
