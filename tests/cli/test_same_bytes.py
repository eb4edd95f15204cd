"""One seed gives the same bytes of everything that is written, on any number of threads."""

from __future__ import annotations

from pathlib import Path

import pytest

OUTPUTS = ("r.html", "l.csv", "m.model")
WORDS = ("--report", "r.html", "--labels", "l.csv", "--save", "m.model", "--json")


def bytes_of(ganglion, folder, source, threads, *words):
    done = ganglion("cluster", source, *words, *WORDS, env={"GANGLION_NUM_THREADS": str(threads)})
    assert done.returncode == 0, done.stderr
    return [done.stdout.encode(), *((folder / name).read_bytes() for name in OUTPUTS)]


@pytest.mark.parametrize("counts", [(1, 3), pytest.param((1, 2, 7), marks=pytest.mark.heavy)])
@pytest.mark.parametrize(
    "words",
    [
        ("-k", "3"),
        ("-k", "5", "--scale", "robust", "--missing", "impute"),
        ("-k", "3", "--method", "ward"),
        ("-k", "4", "--method", "average"),
        ("-k", "4", "--method", "bisecting"),
    ],
)
def test_reports_labels_models_and_results_do_not_depend_on_the_threads(
    ganglion, tmp_path, penguins, words, counts
):
    first, *others = (bytes_of(ganglion, tmp_path, penguins, threads, *words) for threads in counts)
    assert all(other == first for other in others)


def test_another_folder_gives_the_same_bytes(ganglion, tmp_path, penguins):
    here = bytes_of(ganglion, tmp_path, penguins, 1, "-k", "3")
    copied = tmp_path / "elsewhere" / Path(penguins).name
    copied.parent.mkdir()
    copied.write_bytes(Path(penguins).read_bytes())
    assert bytes_of(ganglion, tmp_path, copied, 2, "-k", "3") == here


def test_another_seed_may_draw_other_starts(call, tmp_path, penguins):
    words = ("-k", "6", "--n-init", "1", "--init", "random", "--save", "m.model")
    results = set()
    for seed in range(4):
        assert call("cluster", penguins, *words, "--seed", seed).exit_code == 0
        results.add((tmp_path / "m.model").read_bytes())
    assert len(results) > 1
