"""Low-rank couplings: a few vectors of which the theory needs their overlaps only."""

from __future__ import annotations

import cmath
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dmft.models.checks import finite, is_single, matrix
from dmft.models.spelt import Spelt
from dmft.models.vectors import measured_outlier, moments

_VECTOR = {"unit": "1", "vector": True}
_ROUNDING = 1e-9  # by which a covariance may miss being positive, relative to its largest entry


@dataclass(frozen=True)
class LowRank(Spelt):
    """A low-rank term of the couplings, sum_r m_i^r n_j^r/N, of vectors that are jointly Gaussian over units.

    The theory needs their means and covariances only. For vectors of mean zero ``overlap`` is n . m/N, and its
    eigenvalues are the outliers of the couplings beyond the disc of the random ones.

    Parameters
    ----------
    overlap : covariances of the vectors n (rows) with the vectors m, shape (rank, rank); a number for rank one.
    left : covariances of the vectors m, shape (rank, rank); a number for that variance of each, and no covariance.
    right : covariances of the vectors n, likewise; the theory does not need them. None leaves them open.
    mean_left, mean_right : means of the vectors m and n over units, shape (rank,); a number for all of them.
    input_overlap, left_input : covariances of the vectors n, and of the vectors m, with the constant input of its own
        that each unit has (`Population.threshold_variance` is the variance of that), shape (rank,). An input along a
        vector: I = alpha n has the variance alpha^2 |n|^2/N, ``input_overlap=alpha |n|^2/N``, ``left_input=alpha
        overlap``.
    outlier : measured outlier of one drawn matrix, which takes the place of the overlap's eigenvalue of largest real
        part: theory then fits this network. A complex number (or its text, "3.08+0.50j") stands for itself and its
        conjugate. With it n may also be correlated with the random couplings (see `correlated`).

    Raises
    ------
    ValueError, TypeError : for what is not finite, of different ranks, or no covariance of any vectors.
    """

    overlap: Any = field(metadata={"unit": "1", "meaning": "covariances of the vectors n with m"})
    left: Any = field(default=1.0, kw_only=True, metadata={"unit": "1", "meaning": "covariances of the vectors m"})
    right: Any = field(default=None, kw_only=True, metadata={"unit": "1", "meaning": "covariances of the vectors n"})
    mean_left: Any = field(default=0.0, kw_only=True, metadata=_VECTOR | {"meaning": "means of the vectors m"})
    mean_right: Any = field(default=0.0, kw_only=True, metadata=_VECTOR | {"meaning": "means of the vectors n"})
    input_overlap: Any = field(
        default=0.0, kw_only=True, metadata=_VECTOR | {"meaning": "covariances of the vectors n with the input"}
    )
    left_input: Any = field(
        default=0.0, kw_only=True, metadata=_VECTOR | {"meaning": "covariances of the vectors m with the input"}
    )
    outlier: Any = field(default=None, kw_only=True, metadata={"unit": "1", "meaning": "outlier of the couplings"})

    def __post_init__(self) -> None:
        overlap = ((finite("overlap", self.overlap),),) if is_single("overlap", self.overlap) else self.overlap
        object.__setattr__(self, "overlap", matrix("overlap", overlap))
        object.__setattr__(self, "left", _covariance("left", self.left, self.rank))
        if self.right is not None:
            object.__setattr__(self, "right", _covariance("right", self.right, self.rank))
        for name in ("mean_left", "mean_right", "input_overlap", "left_input"):
            object.__setattr__(self, name, _vector(name, getattr(self, name), self.rank))
        self.check_joint(None)
        if self.outlier is not None:
            object.__setattr__(self, "outlier", _outlier(self.outlier, self.rank))
            if any(self.mean_left) and any(self.mean_right):
                raise ValueError(
                    "an outlier takes the place of the overlap's eigenvalue, which is one only of vectors of mean 0; "
                    "leave outlier, or mean_left and mean_right, out"
                )

    @property
    def rank(self) -> int:
        """Number of vectors m."""
        return len(self.overlap)

    def check_joint(self, variance: float | None) -> None:
        """Refuse covariances that no vectors have, the input of this variance among them; None leaves it out.

        Raises
        ------
        ValueError : if the overlap of two vectors is larger than their variances allow (Cauchy-Schwarz), as far as the
            variances are stated.
        """
        overlap, left = np.array(self.overlap), np.array(self.left)
        blocks = [left] if self.right is None else [left, np.array(self.right)]
        joint = np.zeros((len(blocks) * self.rank,) * 2)
        for i, block in enumerate(blocks):
            joint[i * self.rank : (i + 1) * self.rank, i * self.rank : (i + 1) * self.rank] = block
        if self.right is not None:
            joint[self.rank :, : self.rank], joint[: self.rank, self.rank :] = overlap, overlap.T
        names = "left and overlap" if self.right is None else "left, overlap and right"
        if variance is not None:
            column = np.array(self.left_input if self.right is None else self.left_input + self.input_overlap)
            joint = np.block([[joint, column[:, None]], [column[None, :], np.array([[variance]])]])
            names = f"{names}, with an input of variance {variance:g}"
            if variance == 0.0 and any(self.input_overlap):
                names = f"input_overlap={self.input_overlap}, with an input of variance 0 (threshold_variance)"
                raise ValueError(f"the covariances are of no vectors: {names}, is larger than Cauchy-Schwarz allows")
        size = max(float(np.max(np.abs(joint))), float(np.max(np.abs(overlap))))
        values, vectors = np.linalg.eigh(left)
        silent = vectors[:, values <= _ROUNDING * float(np.max(np.abs(left)))]
        if np.max(np.abs(overlap @ silent), initial=0.0) > 1e-6 * size:
            raise ValueError(
                f"the overlap {self.overlap} is larger than Cauchy-Schwarz allows: a vector m of variance 0 (left) has "
                "no covariance with any; state constant vectors by mean_left"
            )
        if float(np.linalg.eigvalsh(joint)[0]) < -_ROUNDING * size:
            raise ValueError(
                f"the covariances are of no vectors: {names}, have the eigenvalue {np.linalg.eigvalsh(joint)[0]:.3g} "
                "< 0; an overlap is at most the root of the product of the two variances (Cauchy-Schwarz)"
            )

    @classmethod
    def from_vectors(cls, m: ArrayLike, n: ArrayLike, *, matrix: ArrayLike | None = None) -> LowRank:
        """Return the term of given vectors, by their overlaps over N units.

        Parameters
        ----------
        m, n : shape (N,), or (N, rank): a column a vector.
        matrix : all of the couplings J, shape (N, N), this term included; its measured outlier is then stated too.

        Raises
        ------
        ValueError, TypeError : for arrays that are not finite, or do not go together; for a matrix of which no
            eigenvalue stands outside its disc.

        Notes
        -----
        Means within four standard errors of 0 are taken for 0, and overlaps about 0. The outlier of a matrix differs
        from the overlap by 1/sqrt(N); a theory of its own matrix needs it, since states change fast with it.
        Cost: of the outlier about 1 s at N = 2000.
        """
        found = moments(m, n)
        outlier = None if matrix is None else measured_outlier(matrix, m, n)
        return cls(**found, outlier=outlier)

    @classmethod
    def correlated(cls, overlaps: ArrayLike, *, g: float, left: float = 1.0) -> LowRank:
        """Return a term of rank one whose n is correlated with the random couplings g X, as n = b X m.

        Only the outlier remembers that: it is the root of 1 = sum_k theta_k g^k/lambda^(k+1) of largest size (real).

        Parameters
        ----------
        overlaps : theta_k = n . X^k m/N, k = 0, 1, ...; (0, b) for n = b X m.
        g : gain of the random couplings.
        left : variance of m.

        Raises
        ------
        ValueError, TypeError : for what is not finite, or overlaps without a real root.
        """
        theta = np.array([finite(f"overlaps[{k}]", x) for k, x in enumerate(np.atleast_1d(np.asarray(overlaps)))])
        roots = np.roots([1.0, *(-theta * finite("g", g) ** np.arange(len(theta)))])
        real = roots[np.abs(roots.imag) <= 1e-9 * np.abs(roots)].real if len(roots) else roots
        if not len(real):
            raise ValueError(
                f"overlaps {tuple(theta)} at g={g:g} have no real outlier; state complex ones by a rank of 2"
            )
        return cls(float(theta[0]), left=left, outlier=float(real.max()))


def _covariance(name: str, value: Any, rank: int) -> tuple[tuple[float, ...], ...]:
    array = finite(name, value) * np.eye(rank) if is_single(name, value) else np.array(matrix(name, value))
    if array.shape[0] != rank:
        raise ValueError(f"{name} must have a row and a column for each of the {rank} vectors, got {array.shape}")
    size = float(np.max(np.abs(array)))
    if np.max(np.abs(array - array.T)) > _ROUNDING * size:
        raise ValueError(f"{name} must be symmetric, as covariances are, got {value!r}")
    if float(np.linalg.eigvalsh(array)[0]) < -_ROUNDING * size:
        raise ValueError(f"{name} must be a covariance, without negative eigenvalues, got {value!r}")
    return matrix(name, array)


def _vector(name: str, value: Any, rank: int) -> tuple[float, ...]:
    if any(isinstance(x, bool | np.bool_) for x in np.ravel(np.asarray(value, dtype=object))):
        raise TypeError(f"{name} must be a number, or one for each of the {rank} vectors, got {value!r}")
    try:
        array = np.broadcast_to(np.asarray(value, dtype=float), (rank,))
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number, or one for each of the {rank} vectors, got {value!r}") from None
    return tuple(finite(f"{name}[{r}]", float(x)) for r, x in enumerate(array))


def _outlier(value: Any, rank: int) -> float | complex:
    if isinstance(value, bool):
        raise TypeError(f"outlier must be a number, got {value!r}")
    try:
        number = complex(value)
    except (TypeError, ValueError):
        raise TypeError(f"outlier must be a real or complex number, got {value!r}") from None
    if not cmath.isfinite(number):
        raise ValueError(f"outlier must be finite, got {value!r}")
    if number.imag == 0.0:
        return finite("outlier", number.real)
    if rank < 2:
        raise ValueError(
            f"a term of rank one has a real outlier, got {number}; complex ones come in pairs, of rank two"
        )
    return complex(finite("outlier", number.real), abs(finite("outlier", number.imag)))
