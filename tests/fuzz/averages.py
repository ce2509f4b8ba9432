"""Gaussian averages by brute force, for the second methods: nothing here is shared with the package's own.

Gauss-Legendre panels are halved until phi, its square and the square of its slope no longer change, whatever phi is.
"""

from __future__ import annotations

import math

import numpy as np

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)
_SIGMAS = 9.0
_MOST_PANELS = 20000


class Unresolved(ArithmeticError):
    """The averages are not resolved: the second method has no say."""


class Averages:
    """<phi>, <phi^2>, <phi'>, <phi'^2> and the covariances of phi and of its integral, over N(mean, variance)."""

    def __init__(self, phi, mean, variance):
        self.phi, self.mean, self.variance, self.sd = phi, mean, variance, math.sqrt(variance)
        # A step next to the end of a panel lies beyond all of its nodes: other panels see it.
        edges = np.unique(np.concatenate([self._panels(62, 1.0), self._panels(53, 1.0071)]))
        self.left, self.right = edges[:-1], edges[1:]
        x, w = self._nodes(self.left, self.right)
        density = w * self._density(x)
        with np.errstate(all="ignore"):
            value, slope = (
                np.asarray(phi(x.ravel())).reshape(x.shape),
                np.asarray(phi.derivative(x.ravel())).reshape(x.shape),
            )
        self.x, self.weights, self.value = x, density, value
        self.mean_phi, self.mean_square = np.sum(density * value), np.sum(density * value**2)
        self.mean_slope, self.mean_square_slope = np.sum(density * slope), np.sum(density * slope**2)
        if not np.isfinite(self.mean_square):
            raise Unresolved("phi overflows")

    def _nodes(self, left, right):
        half = 0.5 * (right - left)[:, None]
        return left[:, None] + half * (1.0 + _NODES), half * _WEIGHTS

    def _density(self, x):
        return np.exp(-0.5 * ((x - self.mean) / self.sd) ** 2) / (self.sd * math.sqrt(2.0 * math.pi))

    def _integrals(self, left, right):
        x, w = self._nodes(left, right)
        with np.errstate(all="ignore"):
            value = np.asarray(self.phi(x.ravel())).reshape(x.shape)
            slope = np.asarray(self.phi.derivative(x.ravel())).reshape(x.shape)
            return np.stack([np.sum(w * self._density(x) * f, axis=1) for f in (value, value**2, slope, slope**2)])

    def _panels(self, count, stretch):
        edges = self.mean + self.sd * stretch * np.linspace(-_SIGMAS, _SIGMAS * 1.0137 * stretch, count)
        left, right = edges[:-1], edges[1:]
        whole = self._integrals(left, right)
        done = []
        for _ in range(60):
            middle = 0.5 * (left + right)
            first, second = self._integrals(left, middle), self._integrals(middle, right)
            scale = np.sum(np.abs(whole), axis=1, keepdims=True) + sum(
                np.sum(np.abs(d[2]), axis=1, keepdims=True) for d in done
            )
            bad = np.any(~(np.abs(first + second - whole) <= 1e-13 * scale + 1e-300), axis=0)
            done.append((left[~bad], right[~bad], whole[:, ~bad]))
            if not np.any(bad):
                break
            if np.count_nonzero(bad) > _MOST_PANELS:
                raise Unresolved("too many panels")
            left, right = np.concatenate([left[bad], middle[bad]]), np.concatenate([middle[bad], right[bad]])
            whole = np.concatenate([first[:, bad], second[:, bad]], axis=1)
        left, right = (np.concatenate([d[i] for d in done]) for i in (0, 1))
        return np.append(np.sort(left), np.max(right))

    def smoothed(self, values, covariance):
        """Return E[f(y) | z] on a grid of z, y = mean + sqrt(c) z + sqrt(c0 - c) w, and the weights of the grid."""
        own = math.sqrt(max(self.variance - abs(covariance), 0.0))
        common = math.sqrt(abs(covariance))
        z = np.linspace(-8.5, 8.5, 2 * math.ceil(8.5 / min(0.2, 0.4 * own / max(common, 1e-300))) + 1)
        at = self.mean + common * z
        out = np.empty(len(z))
        for i, centre in enumerate(at):
            near = (self.right > centre - 8.5 * own) & (self.left < centre + 8.5 * own)
            pieces = np.maximum(1, np.ceil((self.right[near] - self.left[near]) / (0.8 * own))).astype(int)
            if np.any(pieces > 1):
                step = np.repeat((self.right[near] - self.left[near]) / pieces, pieces)
                which = np.concatenate([np.arange(n) for n in pieces])
                left = np.repeat(self.left[near], pieces) + which * step
                x, w = self._nodes(left, left + step)
                with np.errstate(all="ignore"):
                    f = np.asarray(values(x.ravel())).reshape(x.shape)
            else:
                x, w = self._nodes(self.left[near], self.right[near])
                f = np.asarray(values(x.ravel())).reshape(x.shape)
            kernel = w * np.exp(-0.5 * ((x - centre) / own) ** 2)
            out[i] = np.sum(kernel * f) / (own * math.sqrt(2.0 * math.pi))
        weight = np.exp(-0.5 * z * z)
        return out, weight / np.sum(weight)

    def corr_phi(self, covariance):
        """<phi(x) phi(y)> for a covariance up to 0.999 of the variance, or all of it."""
        return self._corr(self.phi, covariance)

    def _corr(self, function, covariance):
        if covariance >= self.variance * (1 - 1e-14):
            f = np.asarray(function(self.x.ravel())).reshape(self.x.shape)
            return float(np.sum(self.weights * f**2))
        if covariance == 0:
            f = np.asarray(function(self.x.ravel())).reshape(self.x.shape)
            return float(np.sum(self.weights * f)) ** 2
        if covariance < 0 or covariance > 0.9991 * self.variance:
            raise Unresolved("this covariance is not reached")
        f, weight = self.smoothed(function, covariance)
        return float(weight @ f**2)

    def integral(self):
        """Return Phi, the integral of phi from the mean on, as a function within nine standard deviations."""
        _, w = self._nodes(self.left, self.right)
        areas = np.sum(w * self.value, axis=1)
        ends = np.concatenate([[0.0], np.cumsum(areas)])
        start = np.interp(self.mean, np.append(self.left, self.right[-1]), ends)

        def evaluated(at):
            at = np.asarray(at)
            i = np.clip(np.searchsorted(self.left, at, side="right") - 1, 0, len(self.left) - 1)
            half = 0.5 * (at - self.left[i])[..., None]
            inner = self.left[i][..., None] + half * (1.0 + _NODES)
            with np.errstate(all="ignore"):
                f = np.asarray(self.phi(inner.ravel())).reshape(inner.shape)
            return ends[i] - start + np.sum(half * _WEIGHTS * f, axis=-1)

        return evaluated

    def potential_difference(self, covariance):
        """<Phi^2> - <Phi(x) Phi(y)>: the integral of <phi phi> from the covariance to the variance."""
        integral = self.integral()
        shift = float(np.sum(self.weights * integral(self.x.ravel()).reshape(self.x.shape)))

        def centred(x):
            return integral(x) - shift

        return self._corr(centred, self.variance) - self._corr(centred, covariance)
