"""One BLAS thread a process: the matrices are small, and the work is spread over points.

numpy and scipy bring a BLAS each, and one that is loaded after the limit was set would not heed it: both are loaded
first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_limited = False


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Give BLAS one thread in this process meanwhile."""
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield


def one_blas_thread_for_good() -> None:
    """Give BLAS one thread in this process from now on: it is a worker's."""
    global _limited
    if not _limited:
        import scipy.linalg  # noqa: F401
        from threadpoolctl import threadpool_limits

        threadpool_limits(limits=1)
        _limited = True
