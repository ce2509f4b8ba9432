"""One BLAS thread: the matrices are small or thin, and several threads only wait for each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

_FOR_GOOD = ExitStack()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Give BLAS one thread in this process, whatever the user has set outside: as a context, or around a function."""
    # numpy and scipy bring a BLAS each, and one that is loaded after the limit was set would not heed it.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield


@cache
def one_blas_thread_for_good() -> None:
    """Give BLAS one thread in a worker: the context is never left."""
    _FOR_GOOD.enter_context(one_blas_thread())
