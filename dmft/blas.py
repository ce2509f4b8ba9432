"""One BLAS thread: the matrices are small or thin, and several threads only wait for each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import cache

_FOR_GOOD = ExitStack()
# Whether it is so already, in this thread: what a process has loaded is looked through at the outermost alone.
_LIMITED: ContextVar[bool] = ContextVar("one BLAS thread", default=False)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Give BLAS one thread in this process, whatever the user has set outside: as a context, or around a function."""
    if _LIMITED.get():
        yield
        return
    # numpy and scipy bring a BLAS each, and one that is loaded after the limit was set would not heed it.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        token = _LIMITED.set(True)
        try:
            yield
        finally:
            _LIMITED.reset(token)


@cache
def one_blas_thread_for_good() -> None:
    """Give BLAS one thread in a worker: the context is never left."""
    _FOR_GOOD.enter_context(one_blas_thread())
