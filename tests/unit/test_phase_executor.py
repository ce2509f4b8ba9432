from __future__ import annotations

import math
import os
import sqlite3
import threading
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context

import numpy as np
import phase_toys as toys
import pytest
from threadpoolctl import threadpool_limits

import dmft
from dmft.phases.observe import observables
from dmft.sweeps.executor import run
from dmft.sweeps.grid import axes_of
from dmft.sweeps.outcome import WORKER_DIED
from dmft.sweeps.sweep import Sweep
from dmft.sweeps.tasks import Task, work
from dmft.sweeps.workers import worker_processes

X = np.arange(8.0)
Y = [1.0, 2.0, 3.0]


def swept(executor=None, **settings):
    arguments = {"observe": [toys.area, "branch"], "solve": toys.solve_hysteretic, "continuation": "both"} | settings
    network = arguments.pop("network", toys.ToyNetwork())
    return dmft.phase_diagram(network, arguments.pop("over", {"y": Y, "x": X - 3}), executor=executor, **arguments)


@pytest.fixture(scope="module")
def pool():
    with worker_processes(2) as processes:
        yield processes


@pytest.mark.long
def test_threads_and_processes_give_the_same(pool):
    expected = swept()
    with ThreadPoolExecutor(3) as threads:
        assert swept(threads).identical(expected)
    assert swept(pool).identical(expected)


@pytest.mark.long
def test_processes_do_the_work_with_one_blas_thread_each(monkeypatch):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "2")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert processes.submit(toys.blas_threads, None).result() == 2
        grid = swept(processes, observe=[toys.process, toys.blas_threads], solve=toys.solve_toy, continuation=None)
    assert os.getpid() not in grid["process"]
    assert np.all(grid["blas_threads"] == 1)


def test_the_blas_threads_of_this_process_come_back():
    with threadpool_limits(2):
        assert np.all(swept(observe=[toys.blas_threads])["blas_threads"] == 1)
        assert toys.blas_threads(None) == 2


def sweep_of(solve, continuation):
    network = toys.ToyNetwork()
    return Sweep(network, axes_of(network, {"x": X}), observables(["branch"], ()), solve, continuation)


@pytest.mark.parametrize("continuation", [None, "up"])
def test_a_task_stops_when_its_time_is_up_and_goes_on_where_it_stopped(continuation):
    solve = toys.solve_counting if continuation else toys.solve_toy
    sweep = sweep_of(solve, continuation)
    rest, found = Task(tuple(range(8))), []
    while rest is not None:
        outcomes, rest = work(sweep, rest, os.getpid(), seconds=0.0)
        assert len(outcomes) == 1
        found += outcomes
    assert [outcome.index for outcome in found] == list(range(8))
    assert [outcome.readings[0] for outcome in found] == (list(range(1, 9)) if continuation else [0.0] * 8)


def test_known_points_of_a_chain_are_solved_but_not_observed_again():
    outcomes, rest = work(sweep_of(toys.solve_counting, "up"), Task(tuple(range(8)), known=5), os.getpid())
    assert rest is None
    assert [(o.index, o.readings[0]) for o in outcomes] == [(5, 6.0), (6, 7.0), (7, 8.0)]


def test_control_c_keeps_what_is_under_way():
    gate, recorded = threading.Event(), []

    def solve(network):
        if network.x > 0:
            gate.wait(5.0)
        return toys.solve_toy(network)

    def record(outcome):
        recorded.append(outcome.index)
        if outcome.index == 0:
            gate.set()
            raise KeyboardInterrupt

    with ThreadPoolExecutor(2) as threads, pytest.raises(KeyboardInterrupt):
        run(sweep_of(solve, None), {}, threads, record)
    assert recorded[0] == 0
    assert 1 <= len(recorded[1:]) < 7  # those that had begun, and no more


@pytest.mark.long
def test_a_worker_that_dies_once_is_tried_again(tmp_path):
    with worker_processes(2) as processes:
        grid = swept(
            processes,
            network=toys.ToyNetwork(name=str(tmp_path / "died")),
            over={"x": X},
            observe="state",
            solve=toys.die_once,
            continuation=None,
        )
    assert (tmp_path / "died").exists()
    assert np.all(grid["status"] == 0)


@pytest.mark.long
def test_a_worker_that_dies_twice_costs_only_its_point(tmp_path):
    settings = {"over": {"x": X, "y": Y}, "solve": toys.die_at_two, "continuation": None, "observe": toys.area}
    settings["checkpoint"] = tmp_path / "log"
    with worker_processes(2) as processes:
        grid = swept(processes, **settings)
    dead = X == 2
    assert np.all(grid["status"][dead] == WORKER_DIED)
    assert np.all(np.isnan(grid["area"][dead]))
    assert "died on this point, twice (BrokenProcessPool)" in grid["message"][2, 0].item()
    np.testing.assert_array_equal(grid["area"][~dead], np.outer(X, Y)[~dead])
    assert swept(None, **settings).identical(grid)  # from the log: it does not kill us


@pytest.mark.long
def test_a_chain_steps_over_a_point_that_kills(tmp_path):
    settings = {"over": {"x": X}, "solve": toys.die_at_two_in_chain, "continuation": "up", "observe": "branch"}
    with worker_processes(1) as processes:
        grid = swept(processes, checkpoint=tmp_path / "log", **settings)
    assert grid["status"].values.tolist() == [0, 0, WORKER_DIED, 0, 0, 0, 0, 0]
    np.testing.assert_array_equal(grid["branch"], [1, 2, math.nan, 3, 4, 5, 6, 7])
    with closing(sqlite3.connect(tmp_path / "log", isolation_level=None)) as database:
        database.execute("DELETE FROM finished WHERE rowid > 5")  # interrupted behind the dead point
    assert swept(None, checkpoint=tmp_path / "log", **settings).identical(grid)


@pytest.mark.long
def test_an_own_pool_is_replaced_with_its_kind_when_it_breaks():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        grid = swept(processes, over={"x": X}, solve=toys.die_at_two, continuation=None, observe=toys.area)
    assert grid["status"].values.tolist() == [0, 0, WORKER_DIED, 0, 0, 0, 0, 0]


def test_what_cannot_travel_is_said_before_the_sweep(pool):
    with pytest.raises(TypeError, match=r"observe\['size'\] cannot be sent to worker processes"):
        swept(pool, observe={"size": lambda s: 1.0})
    with pytest.raises(TypeError, match="solve cannot be sent"):
        swept(pool, solve=lambda network, init=None: None)


def test_an_executor_that_breaks_for_good_says_what_to_do():
    class Broken:
        def submit(self, *args, **kwargs):
            future = Future()
            future.set_exception(BrokenExecutor("gone"))
            return future

    with pytest.raises(dmft.DMFTError, match="Broken broke and takes no more work; run again with a new one"):
        swept(Broken())


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning")
def test_dask():
    """On a cluster of two processes on this machine, as on any other that `dask.distributed` reaches."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, protocol="tcp", host="127.0.0.1"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.run(_see_tests, os.path.dirname(__file__))
        grid = swept(client.get_executor())
        who = swept(client.get_executor(), observe=[toys.process, toys.blas_threads])
    assert grid.identical(swept())
    assert os.getpid() not in who["process"]
    assert np.all(who["blas_threads"] == 1)


def _see_tests(folder):
    import sys

    sys.path.insert(0, folder)
