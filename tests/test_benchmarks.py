"""The parts of the benchmarks that decide what is compared: starts, objectives, the order of runs, the page."""

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest

import benchmarks
from benchmarks import customers, problems, processes, results, timing
from benchmarks.__main__ import COMMANDS, parser
from benchmarks.floor import Machine
from oracles import kmeans as oracle


def test_the_starting_centers_are_rows_of_x_that_differ_in_value():
    X = np.repeat(np.random.default_rng(0).normal(size=(20, 2)), 50, axis=0).astype(np.float32)
    start = problems.seeds(X, 20, seed=3)
    assert len(np.unique(start, axis=0)) == 20
    assert {row.tobytes() for row in start} == {row.tobytes() for row in X}
    assert np.array_equal(start, problems.seeds(X, 20, seed=3))


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_the_objective_is_recomputed_from_differences(offset):
    rng = np.random.default_rng(1)
    X = (rng.normal(size=(500, 3)) + offset).astype(np.float32)
    centers = X[:7]
    expected = oracle.potential(X.astype(float), centers.astype(float))
    assert problems.potential(X, centers) == pytest.approx(expected, rel=1e-12)


def test_the_same_problem_has_the_same_points_every_time():
    first = problems.blobs(100, 3, 4, seed=5)
    assert first.dtype == np.float32 and np.array_equal(first, problems.blobs(100, 3, 4, seed=5))


def test_the_rows_are_those_that_are_promised():
    names = [problem.name for problem in problems.choose(None, known=problems.PROBLEMS)]
    assert len(names) == 10
    assert [
        problem.name for problem in problems.choose("digits, many", known=problems.PROBLEMS)
    ] == ["digits", "many"]
    with pytest.raises(SystemExit, match="got nothing-like-it"):
        problems.choose("nothing-like-it", known=problems.PROBLEMS)


def test_systems_take_turns_in_an_order_that_rotates(monkeypatch):
    monkeypatch.setattr(timing, "PAUSE", 0.0)
    monkeypatch.setattr(timing.gc, "collect", int)  # of all that a test session holds: seconds
    ran = []
    runs = {name: lambda repetition, name=name: ran.append((name, repetition)) for name in "abc"}
    timings = timing.interleave(runs, budget=60.0, cap=60.0, repetitions=3)
    assert "".join(name for name, _ in ran) == "abc" + "abc" + "bca" + "cab"
    assert [repetition for _, repetition in ran[3:]] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert all(len(timed.seconds) == 3 for timed in timings.values())


def test_a_system_beyond_the_cap_runs_once(monkeypatch):
    monkeypatch.setattr(timing, "PAUSE", 0.0)
    clock = itertools.count()
    monkeypatch.setattr(timing.time, "perf_counter", lambda: float(next(clock)))
    ran = []
    timings = timing.interleave({"slow": ran.append}, budget=60.0, cap=0.5, repetitions=5)
    assert ran == [0] and timings["slow"].seconds == [1.0]


def test_the_floor_is_the_larger_of_arithmetic_and_reading():
    machine = Machine(flops=1e9, bandwidth=1e9)
    assert machine.floor(1000, 98, 10, passes=5, itemsize=4) == pytest.approx(5 * 2e6 / 1e9)
    assert machine.floor(1000, 98, 1, passes=1, itemsize=8) == pytest.approx(784_000 / 1e9)


def test_writing_a_section_leaves_the_others(tmp_path):
    page = tmp_path / "RESULTS.md"
    for section, text in (("one", "first"), ("two", "second"), ("one", "third")):
        results.write(section, text, path=page)
    text = page.read_text()
    assert text.startswith("# Results")
    assert "first" not in text and text.index("third") < text.index("second")
    assert text.count("<!-- one: begin -->") == 1


def test_tables_are_markdown_and_means_geometric():
    table = results.markdown(["row", "s"], [["a", "1.5"], ["longer", "20"]])
    assert table.splitlines() == [
        "| row    |   s |",
        "| ------ | --: |",
        "| a      | 1.5 |",
        "| longer |  20 |",
    ]
    assert results.geometric_mean([2.0, 8.0]) == pytest.approx(4.0)


def test_every_benchmark_is_a_command_and_part_of_make_bench():
    folder = Path(benchmarks.__file__).parent
    with_a_section = {
        path.stem for path in folder.glob("*.py") if "\ndef main(" in path.read_text()
    }
    reached = {main.__module__.rpartition(".")[2] for main, _ in COMMANDS.values()} | {"kmeans"}
    assert with_a_section - {"__main__"} == reached
    makefile = (folder.parent / "Makefile").read_text()
    for command in ("kmeans", *COMMANDS):
        assert f"python -m benchmarks {command}\n" in makefile
        assert parser().parse_args([command, "--quick"]).quick


def test_purchases_are_the_same_every_time_and_tables_are_compared_customer_by_customer(tmp_path):
    paths = [tmp_path / name for name in ("a.csv", "b.csv")]
    for path in paths:
        customers.purchases(2_000, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    lines = paths[0].read_text().splitlines()
    assert lines[0] == "customer,date,amount" and len(lines) == 2_001
    table = np.array([[3.0, 1.0, 9.99], [0.0, 2.0, 20.0], [8.0, 1.0, 5.0]])
    shifts = np.array([[0, 0, 0.004], [0, 1, 0], [0, 0, 0.01]])
    assert customers.agreeing(table, table + shifts) == 1


def test_the_peak_of_a_process_is_its_own(tmp_path):
    taken = [
        processes.peak_mb([sys.executable, "-c", f"x = b'1' * {size}"], 1)
        for size in (1, 200 * 2**20)
    ]
    assert 190 < taken[1] - taken[0] < 210
