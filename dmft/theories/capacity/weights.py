"""What sign-constrained weights offer: C = max (g.u)^2/N over their cone, g standard normal.

u_i = w_i sd_i/sqrt(q) is a unit vector in the cone of the signs. Let sin^2(theta) be the share of its excitatory part,
c = 1/CV, and let the mean drive be held at N^(-1/2) sum_i c_i |u_i| sign_i = th. By duality, eta the multiplier,

    sqrt(C) = min_eta [ sin(theta) m_E(eta) + cos(theta) m_I(eta) + eta th ],
    m_E = sqrt(f_E G2(eta c_E)),  m_I = sqrt(f_I G2(-eta c_I)),

and the weights that reach it are sqrt(N) u_i = s_E (g_i - eta c_E)_+ and -s_I (g_i + eta c_I)_+: rectified Gaussians
[Rubin, Abbott & Sompolinsky, PNAS 114, E9366 (2017)]. Weights of either sign have m = sqrt(1 + eta^2 c^2), one kind.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from dmft.numerics.gaussian.excess import beyond, excess_ratio, first_excess, log_first_excess, second_excess
from dmft.numerics.monotone import increasing_root


@dataclass(frozen=True)
class Weights:
    """The cone of weights.

    Attributes
    ----------
    fractions : (f_E, f_I); (1, 0) where signs are free.
    drive : c = 1/CV, (E, I).
    sd : standard deviations of the inputs, (E, I).
    signed : whether signs are constrained.
    """

    fractions: tuple[float, float]
    drive: tuple[float, float]
    sd: tuple[float, float]
    signed: bool

    @property
    def kinds(self) -> int:
        """Number of kinds of weights that there are, 1 or 2."""
        return sum(fraction > 0.0 for fraction in self.fractions)

    @property
    def alike(self) -> bool:
        """Whether the norms of w and u are proportional, whatever the share of the excitatory part."""
        return self.kinds == 1 or self.sd[0] == self.sd[1]

    def norms(self, eta: float) -> tuple[float, float]:
        """Return m_E and m_I."""
        (e, i), (c_e, c_i) = self.fractions, self.drive
        if not self.signed:
            return math.hypot(1.0, eta * c_e), 0.0
        return math.sqrt(e * second_excess(eta * c_e)), math.sqrt(i * second_excess(-eta * c_i))

    def slopes(self, eta: float) -> tuple[float, float]:
        """Return dm_E/deta and dm_I/deta."""
        (e, i), (c_e, c_i) = self.fractions, self.drive
        if not self.signed:
            return eta * c_e**2 / math.hypot(1.0, eta * c_e), 0.0
        down = -math.sqrt(e) * c_e * excess_ratio(eta * c_e) if e else 0.0
        return down, math.sqrt(i) * c_i * excess_ratio(-eta * c_i) if i else 0.0

    def angle(self, eta: float) -> float:
        """Return theta at which sqrt(C) is largest: tan(theta) = m_E/m_I."""
        return math.atan2(*self.norms(eta))

    def scale(self, theta: float) -> float:
        """Return |w|/sqrt(q), the norm of the weights over that of u."""
        return math.hypot(math.sin(theta) / self.sd[0], math.cos(theta) / self.sd[1])

    def scale_slope(self, theta: float) -> float:
        """Return the derivative of `scale` with respect to theta."""
        difference = self.sd[0] ** -2 - self.sd[1] ** -2
        return math.sin(theta) * math.cos(theta) * difference / self.scale(theta)

    def balance(self) -> float:
        """Return eta at th = 0, theta free: f_E c_E G1(eta c_E) = f_I c_I G1(-eta c_I); infinite for a single sign."""
        (e, i), (c_e, c_i) = self.fractions, self.drive
        if not self.signed:
            return 0.0
        if e == 0.0 or i == 0.0:
            return math.inf if i == 0.0 else -math.inf
        ahead = math.log(i) + math.log(c_i) - math.log(e) - math.log(c_e)
        return increasing_root(
            lambda eta: ahead + log_first_excess(-eta * c_i) - log_first_excess(eta * c_e), 0.0, 1.0 / max(c_e, c_i)
        )

    def multiplier(self, theta: float, th: float = 0.0) -> float:
        """Return eta, where the bracket is least."""
        sine, cosine = math.sin(theta), math.cos(theta)
        if not self.signed:
            c = self.drive[0]
            return -th / c / math.sqrt(c * c - th * th) if abs(th) < c else -math.copysign(math.inf, th)

        def slope(eta: float) -> float:
            down, up = self.slopes(eta)
            return sine * down + cosine * up + th

        return increasing_root(slope, 0.0, 1.0 / max(self.drive), far=1e4 / min(self.drive))

    def bias(self, eta: float) -> float:
        """Return th at which eta is the multiplier, theta free."""
        m_e, m_i = self.norms(eta)
        down, up = self.slopes(eta)
        return -(m_e * down + m_i * up) / math.hypot(m_e, m_i)

    def reach(self, theta: float, eta: float, th: float = 0.0) -> float:
        """Return the bracket, sqrt(C) at its least."""
        m_e, m_i = self.norms(eta)
        return math.sin(theta) * m_e + math.cos(theta) * m_i + (eta * th if th else 0.0)

    def turn(self, theta: float, eta: float) -> float:
        """Return the derivative of `reach` with respect to theta."""
        m_e, m_i = self.norms(eta)
        return math.cos(theta) * m_e - math.sin(theta) * m_i

    def silent(self, eta: float) -> tuple[float, float]:
        """Return the fractions of weights that are zero, (E, I); nan for a kind that is not there."""
        if not self.signed:
            return 0.0, 0.0
        gone = 1.0 - beyond(eta * self.drive[0]), 1.0 - beyond(-eta * self.drive[1])
        e, i = (fraction if share > 0.0 else math.nan for fraction, share in zip(gone, self.fractions, strict=True))
        return e, i

    def widths(self, theta: float, eta: float) -> tuple[float, float]:
        """Return the widths s of sqrt(N) w_i/|w|, (E, I); nan for a kind that is not there."""
        scale, parts = self.scale(theta), (math.sin(theta), math.cos(theta))
        if not self.signed:
            each = 1.0 / math.hypot(1.0, eta * self.drive[0])
            return each, each
        e, i = (
            part / (norm * sd * scale) if norm > 0.0 else math.nan
            for part, norm, sd in zip(parts, self.norms(eta), self.sd, strict=True)
        )
        return e, i

    def imbalance(self, theta: float, eta: float, th: float) -> float:
        """Return (E - I)/(E + I), the excitatory drive minus the inhibitory over their sum."""
        if not self.signed:  # u is Gaussian, of mean th/c and norm 1
            mean = th / self.drive[0]
            sd = math.sqrt(max(1.0 - mean * mean, 0.0))
            size = 2.0 * sd * first_excess(mean / sd) + mean if sd > 0.0 else abs(mean)
            return mean / size
        m_e, m_i = self.norms(eta)
        (e, i), (c_e, c_i) = self.fractions, self.drive
        excited = e * c_e * first_excess(eta * c_e) * math.sin(theta) / m_e if m_e > 0.0 else 0.0
        inhibited = i * c_i * first_excess(-eta * c_i) * math.cos(theta) / m_i if m_i > 0.0 else 0.0
        return th / (excited + inhibited) if excited + inhibited > 0.0 else math.nan


def weights_of(perceptron: Any) -> Weights:
    """Return the cone of the weights of a `dmft.Perceptron`."""
    fraction = perceptron.excitatory
    signed = fraction is not None
    drive = 1.0 / perceptron.cv[0], 1.0 / perceptron.cv[1]
    return Weights((fraction, 1.0 - fraction) if signed else (1.0, 0.0), drive, perceptron.sd, signed)
