"""Angles of the global error vector in convolutional nonnegative networks, for one image.

Weights are shared by all places, so that an update is a sum over places p and what counts is how signals of different
places go together [derived here, from the recursion of `dmft.theories.alignment.backward`]. With Y(p, p') the
correlation of what two places see, P(p, p') the probability that a channel's gate is open at both, and b(p) = G(p)
beta(p) the true signal,

    cos = sum_pp' P Y <beta(p')> / sqrt(sum P Y  sum P Y <beta(p) beta(p')>).

Forwards, Y and P follow from the kernel of vector units, place by place: wide layers are Gaussian. Backwards, N
channels in pairs (+, -) above, V of variance s^2 = 4/(9 N) and E|V| = m s, one for each offset o between places, and
means over 2 x 2 that hand down a fourth to each place. Over channels,

    <beta beta'> = M M' + D + W,    M = (N/2) (m s/2) sum_o (b_+ + b_-),

M the mean, alike in all channels; W the scatter of one channel's weights: with S = <b_+ b_+'>, X = <b_+ b_-'>

    W(p, p') = (N/2) s^2 sum_o [(1 - m^2/2) S - m^2/2 X](p + o, p' + o),    of b_+ and b_- with S and X exchanged;

and D the covariance of M from network to network, which differs from place to place and so does not cancel, as it does
in dense layers. There, Y and P are numbers and the two-number recursion comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dmft.arrays import FloatArray
from dmft.models.layered import LayeredNetwork
from dmft.theories.alignment.kernel import both_open, next_correlation
from dmft.theories.alignment.places import Places

_KERNEL = 9.0
_VARIANCE = 4.0  # of V, times what comes in


@dataclass(frozen=True)
class Seen:
    """What the places of a layer see of the image.

    Attributes
    ----------
    places : of the layer, before its means.
    covariance : Y, up to a factor, shape (n, n).
    both : P(p, p'), shape (n, n); on the diagonal 1/2, and 0 of places that see zeros.
    """

    places: Places
    covariance: FloatArray
    both: FloatArray


@dataclass(frozen=True)
class Signals:
    """Second moments of beta over the places of a layer, shapes (n,) and (n, n).

    Attributes
    ----------
    mean : M.
    common : D.
    same, cross : W, of b_+ and b_+, and of b_+ and b_-.
    """

    mean: FloatArray
    common: FloatArray
    same: FloatArray
    cross: FloatArray

    def shared(self, places: Places) -> Signals:
        """Return those of the places below the means over 2 x 2."""
        return Signals(places.shares(self.mean), *map(places.shares_of, (self.common, self.same, self.cross)))


def map_alignment(network: LayeredNetwork, image: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return cosines, and norms of updates over gradients, first hidden layer to last."""
    seen, size = _forward(network, image), network.law.mean_size
    signals = _last(network.widths[-1], seen[-1].places.side // 2, size)
    rows = []
    for layer in range(network.depth - 1, -1, -1):
        signals = signals.shared(seen[layer].places)
        rows.append(_compared(seen[layer], signals))
        if layer:
            signals = _below(seen[layer], signals, network.widths[layer], size)
    cosines, scales = np.array(rows[::-1]).T
    return cosines, scales


def _forward(network: LayeredNetwork, image: FloatArray) -> list[Seen]:
    """Return what each layer sees."""
    maps, found = np.outer(image, image), []
    side, components = network.image_side(len(image)), network.vector_units or 1
    for _ in network.widths:
        places = Places(side)
        covariance = places.aligned(maps)
        sizes = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        live = np.outer(sizes > 0.0, sizes > 0.0)
        products = np.outer(sizes, sizes)
        c = np.clip(covariance / np.where(live, products, 1.0), -1.0, 1.0)
        np.fill_diagonal(c, 1.0)
        found.append(Seen(places, covariance, 0.5 * live * both_open(c)))
        maps = places.means(0.5 * products * next_correlation(c, components))
        side //= 2
    return found


def _last(channels: int, side: int, size: float) -> Signals:
    """Return signals at the means of the last layer: one weight of the read-out for each channel and place."""
    n = side * side
    variance, one = _VARIANCE / (n * channels), np.eye(n)
    return Signals(
        np.full(n, 0.5 * size * np.sqrt(variance)),
        np.zeros((n, n)),
        variance * (0.5 - 0.25 * size**2) * one,
        -variance * 0.25 * size**2 * one,
    )


def _below(seen: Seen, signals: Signals, channels: int, size: float) -> Signals:
    """Return signals at the means of the layer below."""
    places, both, pairs, variance = seen.places, seen.both, 0.5 * channels, _VARIANCE / (_KERNEL * channels)
    once = np.diag(both)
    of_mean, half = once * signals.mean, 0.5 * size**2
    common = np.outer(signals.mean, signals.mean) + signals.common
    same, cross = both * (common + signals.same), both * (common + signals.cross)
    # Sums over channels of b_+ + b_-, whose covariance is of each channel with itself, and of all with others.
    own = 2.0 * (same + cross) - 4.0 * np.outer(of_mean, of_mean)
    others = 4.0 * (pairs - 1.0) * np.outer(once, once) * signals.common
    return Signals(
        pairs * size * np.sqrt(variance) * places.around(of_mean),
        0.25 * size**2 * variance * pairs * places.all_around(own + others),
        pairs * variance * places.aligned((1.0 - half) * same - half * cross),
        pairs * variance * places.aligned((1.0 - half) * cross - half * same),
    )


def _compared(seen: Seen, signals: Signals) -> Sequence[float]:
    """Return the cosine of update and gradient, and the ratio of their norms."""
    weights = seen.both * seen.covariance
    along = weights.sum(axis=0)
    mean = float(along @ signals.mean)
    product = mean**2 + float(along @ signals.common @ along)
    own, true = float(weights.sum()), np.outer(signals.mean, signals.mean) + signals.common + signals.same
    gradient = float(np.sum(weights * true))
    return float(np.copysign(np.sqrt(product / (own * gradient)), mean)), float(np.sqrt(own / gradient))
