"""<phi phi> and <phi' phi'> along the rows of a march, of one population."""

from __future__ import annotations

from dmft.arrays import FloatArray
from dmft.cost import memory_limit
from dmft.numerics.gaussian.mehler_pairs import MehlerPairs
from dmft.numerics.gaussian.pairs import ClosedPairs, PairAverages
from dmft.numerics.two_time.series import SeriesTable

_PART_OF_MEMORY = 0.2


class ClosedRows:
    """Rows of averages in closed form."""

    def __init__(self, pairs: ClosedPairs) -> None:
        self._pairs = pairs

    def until(self, stop: int, start: int, lo: int, m: FloatArray, v: FloatArray, offsets: FloatArray) -> ClosedRows:
        """Return these: nothing is kept."""
        return self

    def known(self, n: int, means: FloatArray, variance: float) -> None:
        """Take note of the means, one for each phase, and the variance of time n."""

    def fill(
        self, lo: int, n: int, m: FloatArray, v: FloatArray, offsets: FloatArray, *rows: FloatArray
    ) -> tuple[float, float]:
        """Write <phi(u) phi(n)> and <phi'(u) phi'(n)> for u = lo..n, and return what is lost of them: nothing.

        rows : the covariances with n, and the two rows that are written.
        """
        from dmft.numerics.two_time.march import clip, fill_row

        row = slice(lo, n + 1)
        clip(v[n], v[row], rows[0][row])
        fill_row(self._pairs.kind, lo, n, m, v, rows[0], offsets, rows[1], rows[2])
        return 0.0, 0.0

    def lengthened(self, lo: int, n: int, m: FloatArray, v: FloatArray, offsets: FloatArray) -> bool:
        """Return that there is nothing to lengthen."""
        return False

    def note(self, error: float, slope_error: float) -> None:
        """Do nothing: closed forms lose nothing."""


class SeriesRows:
    """Rows of averages by Mehler series: the coefficients of a time are taken when its row is, and used by all later
    rows.

    table : coefficients of the times so far.
    """

    def __init__(self, pairs: MehlerPairs, table: SeriesTable | None = None) -> None:
        self._pairs, self._table = pairs, table

    def until(self, stop: int, start: int, lo: int, m: FloatArray, v: FloatArray, offsets: FloatArray) -> SeriesRows:
        """Return rows that know the times lo..start and have room up to `stop`; these stay as they are."""
        if self._table is not None and self._table.n_terms == self._pairs.n_terms:
            return SeriesRows(self._pairs, self._table.extended(stop + 1))
        other = SeriesRows(self._pairs)
        other._tabulate(lo, start, stop + 1, m, v, offsets)
        return other

    def known(self, n: int, means: FloatArray, variance: float) -> None:
        """Take note of the means, one for each phase, and the variance of time n."""
        assert self._table is not None
        self._table.write(n, self._pairs, means, variance)

    def fill(
        self, lo: int, n: int, m: FloatArray, v: FloatArray, offsets: FloatArray, *rows: FloatArray
    ) -> tuple[float, float]:
        """Write <phi(u) phi(n)> and <phi'(u) phi'(n)> for u = lo..n, and return what is lost of them.

        rows : the covariances with n, and the two rows that are written.
        """
        assert self._table is not None
        return self._table.fill_row(lo, n, v, *rows)

    def lengthened(self, lo: int, n: int, m: FloatArray, v: FloatArray, offsets: FloatArray) -> bool:
        """Take a longer series for the times lo..n, if there is one, and it fits: else the error is carried."""
        assert self._table is not None
        if 4.0 * self._table.terms.nbytes > _PART_OF_MEMORY * memory_limit() or not self._pairs.lengthened():
            return False
        self._tabulate(lo, n, self._table.terms.shape[3], m, v, offsets)
        return True

    def note(self, error: float, slope_error: float) -> None:
        """Keep the largest of what was lost."""
        self._pairs.note(error, slope_error)

    def _tabulate(self, lo: int, n: int, n_time: int, m: FloatArray, v: FloatArray, offsets: FloatArray) -> None:
        """Write the coefficients of the times lo..n into a table that has room for n_time of them."""
        self._table = SeriesTable.empty(offsets.shape[1], self._pairs.n_terms, n_time)
        for u in range(lo, n + 1):
            self._table.write(u, self._pairs, m[u] + offsets[u], v[u])


def rows_of(pairs: PairAverages) -> ClosedRows | SeriesRows:
    """Return the rows of averages of one population."""
    if isinstance(pairs, MehlerPairs):
        return SeriesRows(pairs)
    assert isinstance(pairs, ClosedPairs)
    return ClosedRows(pairs)
