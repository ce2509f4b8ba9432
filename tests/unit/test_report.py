"""The report: sections, resuming, the page, exit codes; with sections that cost nothing."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import dmft
import validation
import validation.cases
from dmft.sweeps.log import Log
from validation.cases import Budget, Content, Picture, Section
from validation.cases.section import kept
from validation.making import in_order
from validation.report import make_report

RUNS = []


def section(key, factor=1.0):
    def run(budget):
        RUNS.append(key)
        network = dmft.RandomNetwork(0.5, dmft.Linear(), dmft.WhiteNoise(1.0))
        simulation = budget.networks(network, {50: 12, 100: 12}, duration=60.0, burn_in=10.0)
        exact = factor * 0.5 / (1 - 0.25) ** 0.5
        figure = Figure(figsize=(2, 2))
        figure.subplots().plot([0, 1], [0, 1])
        comparison = validation.compare({"corr_x[0]": exact}, simulation)
        return Content({"variance": comparison}, (Picture(f"{key}-line", figure, "A line & more."),), ("A remark.",))

    return Section(key, f"Section {key}", "About it.", run)


@pytest.fixture(autouse=True)
def _forget():
    RUNS.clear()


def test_the_page_holds_tables_and_figures(tmp_path):
    (entry,) = make_report((section("one"),), tmp_path, Budget(quick=True))
    assert entry.verdicts == ["agree"] or entry.verdicts == ["undecided"]
    markdown = (tmp_path / "report.md").read_text()
    page = (tmp_path / "report.html").read_text()
    assert (tmp_path / "figures" / "one-line.png").stat().st_size > 1000
    for text in ("Section one", "About it.", "corr_x[0]", "A remark.", dmft.__version__):
        assert text in markdown
        assert text in page
    assert "![A line & more.](figures/one-line.png)" in markdown
    assert "A line &amp; more." in page
    assert "data:image/png;base64," in page


@pytest.mark.long
def test_a_finished_section_is_not_run_again(tmp_path):
    make_report((section("one"),), tmp_path, Budget(quick=True))
    make_report((section("one"), section("two")), tmp_path, Budget(quick=True))
    assert RUNS == ["one", "two"]
    make_report((section("one"),), tmp_path, Budget(quick=True, seed=3))  # another seed is another result
    assert RUNS == ["one", "two", "one"]
    with Log(tmp_path / "report.log", "report", None) as log:
        log.add("one", b"{ torn")
    make_report((section("one"),), tmp_path, Budget(quick=True, seed=3))
    assert RUNS == ["one", "two", "one", "one"]
    assert {path.name for path in tmp_path.iterdir()} == {
        "figures",
        "progress.log",
        "report.html",
        "report.log",
        "report.md",
    }
    assert len((tmp_path / "progress.log").read_text().splitlines()) == 4


def test_a_damaged_log_is_said_and_left_alone(tmp_path, capsys):
    from validation.cli import main

    (tmp_path / "report.log").write_text("mine")
    with pytest.raises(SystemExit) as stop:
        main(["report", "--quick", "--workers", "1", "--out", str(tmp_path)])
    assert stop.value.code == 2
    assert "report.log is not a checkpoint; give another path" in capsys.readouterr().err
    assert (tmp_path / "report.log").read_text() == "mine"


def test_networks_of_an_interrupted_section_are_kept(tmp_path, monkeypatch):
    import validation.running

    run, network, made = validation.running.run_realization, dmft.RandomNetwork(0.5), []

    def counted(plan, size, seed):
        if len(made) == 3 and interrupted:
            raise KeyboardInterrupt
        made.append(size)
        return run(plan, size, seed)

    monkeypatch.setattr(validation.running, "run_realization", counted)
    budget, counts = Budget(quick=False, store=tmp_path), {20: 2, 40: 2}
    interrupted = True
    with pytest.raises(KeyboardInterrupt):
        budget.networks(network, counts, duration=5.0, burn_in=0.0)
    interrupted = False
    simulation = budget.networks(network, counts, duration=5.0, burn_in=0.0)
    assert made == [20, 20, 40, 40]
    assert simulation.n_realizations == {20: 2, 40: 2}
    # Another experiment does not meet the old one's networks.
    budget.networks(network.replace(g=0.6), counts, duration=5.0, burn_in=0.0)
    assert len(made) == 8


@pytest.mark.parametrize(("factor", "code"), [(1.0, 0), (1.5, 4)])
def test_the_command_exits_4_when_theory_and_networks_disagree(tmp_path, monkeypatch, capsys, factor, code):
    from validation.cli import main

    monkeypatch.setattr(validation.cases, "sections", lambda: (section("one", factor),))
    with pytest.raises(SystemExit) as stop:
        main(["report", "--quick", "--workers", "1", "--out", str(tmp_path / "new")])
    assert stop.value.code == code
    printed = capsys.readouterr()
    assert "Section one: variance" in printed.out
    assert ("disagree" in printed.err) == (code == 4)


def test_an_unwritable_folder_is_said_before_the_work(tmp_path, capsys):
    from validation.cli import main

    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as stop:
        main(["report", "--out", str(tmp_path / "file" / "sub")])
    assert stop.value.code == 2
    assert "cannot be written" in capsys.readouterr().err
    assert RUNS == []


def test_sections_have_distinct_keys():
    keys = [s.key for s in validation.cases.sections()]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("workers", [1, 2, 3, 20])
def test_the_order_of_sections_keeps_all_workers_busy(workers):
    minutes = [1.4, 1.35, 1.33, 1.05, 0.83, 0.81, 0.73, 0.62, 0.56, 0.51, 0.45, 0.44, 0.33]
    chosen = [Section(str(i), "", "", None) for i in range(len(minutes))]

    def finished(order):
        free = [0.0] * workers
        for one in order:
            free[free.index(min(free))] += minutes[int(one.key)]
        return max(free)

    order = in_order(chosen, minutes, workers)
    assert sorted(map(id, order)) == sorted(map(id, chosen))
    longest_first = sorted(chosen, key=lambda one: -minutes[int(one.key)])
    least = max(sum(minutes) / workers, max(minutes))
    assert finished(order) <= finished(longest_first)
    assert finished(order) == pytest.approx(least, abs=0.02)  # what two sections of nearly one length differ by


@pytest.mark.long
def test_images_are_looked_at_before_the_work_and_part_of_what_was_asked(tmp_path, capsys):
    from validation.cli import main

    np.savez(tmp_path / "none.npz", labels=np.zeros(3))
    with pytest.raises(SystemExit) as stop:
        main(["report", "--out", str(tmp_path), "--mnist", str(tmp_path / "none.npz")])
    assert stop.value.code == 2
    assert "file with images and labels" in capsys.readouterr().err
    assert RUNS == []
    np.savez(tmp_path / "some.npz", images=np.zeros((4, 2, 2)), labels=np.zeros(4))
    for images in (None, tmp_path / "some.npz", tmp_path / "some.npz"):
        make_report((section("one"),), tmp_path / "new", Budget(quick=True, mnist=images))
    assert RUNS == ["one", "one"]


def _squared(value):
    RUNS.append(value)
    if value == 3 and RUNS.count(3) == 1:
        raise KeyboardInterrupt
    return [value**2, 0.1]


def test_experiments_of_a_full_report_go_on_where_they_stopped(tmp_path):
    budget = Budget(quick=False, store=tmp_path / "networks")
    with pytest.raises(KeyboardInterrupt):
        kept(budget, "squares", _squared, [1, 2, 3, 4])
    assert kept(budget, "squares", _squared, [1, 2, 3, 4]) == [[1, 0.1], [4, 0.1], [9, 0.1], [16, 0.1]]
    assert RUNS == [1, 2, 3, 3, 4]
    assert len(kept(budget, "squares", _squared, [5])) == 1  # other arguments are another experiment
    assert RUNS[-1] == 5
    assert kept(Budget(quick=True), "squares", _squared, [1]) == [[1, 0.1]]
