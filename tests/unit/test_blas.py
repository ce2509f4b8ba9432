"""One BLAS thread within the context, what there was after it; libraries are looked through once."""

import threading

import numpy as np
import pytest
import scipy.linalg  # noqa: F401
import threadpoolctl

from dmft.blas import one_blas_thread


def threads():
    assert np.ones((2, 2)) @ np.ones(2) is not None  # BLAS is loaded
    return [pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]


def test_within_and_after():
    with threadpoolctl.threadpool_limits(limits=2):
        before = threads()
        with one_blas_thread():
            assert set(threads()) == {1}
            with one_blas_thread():
                assert set(threads()) == {1}
            assert set(threads()) == {1}
        assert threads() == before


def test_an_error_ends_it_too():
    with threadpoolctl.threadpool_limits(limits=2):
        before = threads()
        with pytest.raises(ZeroDivisionError), one_blas_thread(), one_blas_thread():
            _ = 1 / 0
        assert threads() == before
        with one_blas_thread():
            assert set(threads()) == {1}


def test_libraries_are_looked_through_once(monkeypatch):
    seen = []
    real = threadpoolctl.threadpool_limits
    monkeypatch.setattr(threadpoolctl, "threadpool_limits", lambda **asked: seen.append(asked) or real(**asked))

    @one_blas_thread()
    def function(depth):
        return set(threads()) if depth == 0 else function(depth - 1)

    assert function(3) == {1}
    assert len(seen) == 1
    other = threading.Thread(target=function, args=(1,))  # which asks for itself
    other.start()
    other.join()
    assert len(seen) == 2
