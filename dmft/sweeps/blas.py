"""One BLAS thread a process: the matrices are small, and the work is spread over points."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


def one_blas_thread() -> AbstractContextManager[Any]:
    """Give BLAS one thread in this process, until the context that is returned is left."""
    # numpy and scipy bring a BLAS each, and one that is loaded after the limit was set would not heed it.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[Any] = threadpool_limits(limits=1)
    return limits


one_blas_thread_for_good = cache(one_blas_thread)  # of a worker: a context that is never left
