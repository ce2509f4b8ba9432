"""Small changes about the fixed point of Lotka-Volterra equations: dx' = diag(x) J dx - diag(r) dx, r = x + lambda/x.

Of species that are extinct (lambda = 0, w < 0) r = |w| is the rate at which they would vanish if they came back, and x =
0 leaves each of them alone. With independent couplings, gamma = 0, z is in the bulk where sigma^2 <x^2/|z + r|^2> >= 1
[D + J of independent entries: Ahmadian, Fumarola & Miller, PRE 91, 012820 (2015)], as w is a normal number that knows
of J no more than a mean and a mean square.

Changes that all species share go their own way. (z + r) dx = x dw with dw = -mu <dx> + dh, and dh is a normal number
beside h, <h dh> = sigma^2 <x dx>, so that
    <dx>   = -mu <dx> <f>   + sigma^2 <x dx> <df/dw>,     f = x/(z + r),
    <x dx> = -mu <dx> <x f> + sigma^2 <x dx> <d(x f)/dw>:
where the determinant of these two is 0 there is an eigenvalue outside. At z = 0 that is the divergence of abundances.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dmft.arrays import ComplexArray, FloatArray
from dmft.errors import DMFTError
from dmft.numerics.gaussian.legendre import on_panels
from dmft.theories.stationary.species.process import SpeciesProcess

_REACH = 10.0  # standard deviations
_PANELS, _NODES = 24, 12
_CLOSEST = 1e-14  # distance to a pole, relative to the range, within which an average has no end
_TURNS = np.concatenate([np.zeros(1), np.geomspace(1e-7, 1e7, 800)])
_RATES = np.geomspace(1e-8, 1e4, 200)
_STEPS = 60  # of Newton's method


@dataclass(frozen=True, eq=False)
class Linearised:
    """Independent couplings of spread sigma and mean -mu about a fixed point.

    Attributes
    ----------
    process : the fixed point, v = 1.
    mu, sigma : of the couplings.
    """

    process: SpeciesProcess
    mu: float
    sigma: float

    @property
    def top(self) -> float:
        """The largest eigenvalue of a species alone, -min r; without immigration they come up to 0."""
        return -2.0 * math.sqrt(self.process.immigration)

    def growth(self, z: ComplexArray) -> FloatArray:
        """Return sigma^2 <x^2/|z + r|^2> at points, shape (n_z,); inf on the axis of the poles."""
        return np.array([self._at(complex(point)) for point in np.ravel(z)])

    def _at(self, z: complex) -> float:
        if z.imag == 0.0 and z.real <= self.top and not (z.real == 0.0 == self.top):
            return math.inf
        x, _, r, weight = self._nodes(z)
        return self.sigma**2 * float(weight @ (x / np.abs(z + r)) ** 2)

    @cached_property
    def edge(self) -> float:
        """The largest real part of the bulk, which is on the real axis: |z + r| is not below |Re z + r|."""
        from scipy.optimize import brentq

        def surplus(rate: float) -> float:
            return self._at(complex(rate)) - 1.0

        size = self.sigma * math.sqrt(self.process.mean**2 + self.process.deviation**2)
        if self.process.immigration == 0.0 and not surplus(0.0) > 0.0:
            return 0.0
        if self.process.immigration == 0.0:
            low = 0.0
        else:
            low = self.top * (1.0 - 1e-3)
            while not surplus(low) > 0.0:
                low = self.top + 0.1 * (low - self.top)
                if low - self.top < _CLOSEST * abs(self.top):
                    return self.top
        high = low + size
        while surplus(high) > 0.0:
            high = low + 2.0 * (high - low)
        return float(brentq(surplus, low, high, xtol=1e-15 * size, rtol=1e-14))

    @cached_property
    def outliers(self) -> ComplexArray:
        """Eigenvalues to the right of the bulk, of changes that all species share, the largest real part first.

        By Newton's method from where the determinant is smallest on the real axis and on the vertical line through the
        edge; the turns of the determinant along that line say how many there are.

        Raises
        ------
        DMFTError : where not all of them are found.
        """
        start, scale = self.edge + self.process.deviation * _RATES[0], self.process.deviation
        roots: list[complex] = []
        line, axis = start + 1j * scale * _TURNS, start + scale * _RATES
        along = np.array([self.shared(complex(point)) for point in line])
        angle = np.unwrap(np.angle(along))
        expected = round(abs(float(angle[-1] - angle[0])) / math.pi)
        if not expected:
            return np.zeros(0, dtype=complex)
        ahead = np.array([self.shared(complex(point)) for point in axis])
        for points, values in ((axis, ahead), (line, along)):
            size = np.abs(np.concatenate([[np.inf], values, [np.inf]]))
            for k in np.flatnonzero((size[1:-1] <= size[:-2]) & (size[1:-1] <= size[2:])):
                root = self._newton(complex(points[k]) * (1.0 + 1e-3j))
                if root.real > start and all(abs(root - other) > 1e-8 * scale for other in roots):
                    roots += [root] if root.imag == 0.0 else [root, root.conjugate()]
        if len(roots) != expected:
            raise DMFTError(f"of {expected} eigenvalues outside of the bulk {len(roots)} were found")
        return np.array(sorted(roots, key=lambda root: (-root.real, -root.imag)))

    def _newton(self, z: complex) -> complex:
        """Return a root of the determinant, real where it is one to rounding; nan where none is found."""
        scale = self.process.deviation
        for _ in range(_STEPS):
            h = 1e-6 * scale
            value = self.shared(z)
            change = value * h / (self.shared(z + h) - value)
            z -= change / max(1.0, abs(change) / scale)
            if not z.real > self.top:
                break
            if abs(change) < 1e-11 * scale:
                return complex(z.real, z.imag if abs(z.imag) > 1e-9 * scale else 0.0)
        return complex(math.nan, 0.0)

    def shared(self, z: complex) -> complex:
        """Return the determinant that is 0 where a change that all species share keeps its form."""
        x, by_field, r, weight = self._nodes(z)
        rate, below = self.process.immigration, z + r
        slope = by_field * (1.0 - rate / x**2) if rate else np.ones_like(x)
        first, second = x / below, x * x / below
        d_first = by_field / below - x * slope / below**2
        d_second = 2.0 * x * by_field / below - x * x * slope / below**2
        a, b, c, d = (complex(weight @ part) for part in (first, d_first, second, d_second))
        return (1.0 + self.mu * a) * (1.0 - self.sigma**2 * d) + self.mu * self.sigma**2 * b * c

    def _nodes(self, z: complex) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return x, dx/dw, r and weights for averages that have poles at z + r = 0."""
        process = self.process
        low, high = (process.mean + sign * _REACH * process.deviation for sign in (-1.0, 1.0))
        if process.immigration == 0.0:
            w, weight = _graded(0.0, max(high, process.deviation * 1e-3), [-z])
            x, by_field, r = w, np.ones_like(w), w
        else:
            size = 2.0 * math.sqrt(process.immigration)  # w = size sinh u, r = size cosh u
            pole = complex(np.arccosh(-z / size + 0j))
            ends = (math.asinh(low / size), math.asinh(high / size))
            u, weight = _graded(*ends, [pole, -pole])
            r, x = size * np.cosh(u), 0.5 * size * np.exp(u)
            w, weight, by_field = size * np.sinh(u), weight * r, x / r
        density = np.exp(-0.5 * ((w - process.mean) / process.deviation) ** 2)
        return x, by_field, r, weight * density / (math.sqrt(2.0 * math.pi) * process.deviation)


def _graded(low: float, high: float, poles: list[complex]) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights on an interval, the closer the closer a pole is."""
    edges = [np.linspace(low, high, _PANELS + 1)]
    for pole in poles:
        near = min(max(pole.real, low), high)
        away = max(abs(pole - near), _CLOSEST * (high - low))
        steps = away * 2.0 ** np.arange(0, math.ceil(math.log2((high - low) / away)) + 1 if away < high - low else 0)
        edges += [np.array([near]), near + steps, near - steps]
    every = np.concatenate(edges)
    cuts = np.unique(every[(every >= low) & (every <= high)])
    nodes, weights = on_panels(cuts[:-1], cuts[1:], _NODES)
    return nodes.ravel(), weights.ravel()
