"""Runs that end early, are killed, go on: what is returned, what a file holds, what is refused."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest

import ganglion as gl
from ganglion.cluster.bayesian import (
    DiagonalNormal,
    DirichletProcess,
    Gamma,
    Normal,
    PitmanYor,
    SemiConjugateNormal,
    sample_partitions,
)
from ganglion.storage import State, read_state, write_state
from interrupting import interrupt_soon
from quickness import done_within

RNG = np.random.default_rng(3)
X = np.concatenate([RNG.normal(size=(20, 2)), RNG.normal(size=(25, 2)) + 6])
PRIOR = DirichletProcess(concentration=Gamma(shape=1, rate=1))
RUN = {"n_draws": 20, "n_burn_in": 10, "n_chains": 2, "thin": 2, "random_state": 0}


def stopped_after(sweeps):
    return lambda step: step.step == sweeps


def same(first, second):
    assert first.draws.dtype == second.draws.dtype
    assert np.array_equal(first.draws, second.draws)
    assert np.array_equal(first.log_posterior, second.log_posterior)
    assert np.array_equal(first.history.log_posterior, second.history.log_posterior)
    for name, drawn in first.hyperparameters.items():
        assert np.array_equal(drawn, second.hyperparameters[name])


def test_progress_is_told_of_every_sweep():
    steps = []
    sample = sample_partitions(X, PRIOR, progress=steps.append, **RUN)
    assert [step.step for step in steps] == list(range(1, 51))
    assert {step.total for step in steps} == {50} and sample.stopped_by == "n_draws"
    assert [step.value for step in steps] == sample.history.log_posterior.mean(axis=0).tolist()
    assert steps[9].message.startswith("burn-in, clusters in each chain: ")
    counts = ", ".join(map(str, sample.history.n_clusters[:, 10]))
    assert steps[10].message == f"clusters in each chain: {counts}"


def test_progress_may_stop_the_run():
    whole = sample_partitions(X, PRIOR, **RUN)
    with pytest.warns(
        gl.GanglionWarning, match="progress ended the run after sweep 21 of 50: 5 of 20 draws"
    ):
        sample = sample_partitions(X, PRIOR, progress=stopped_after(21), **RUN)
    assert sample.stopped_by == "progress"
    assert np.array_equal(sample.draws, whole.draws[:, :5])
    assert np.array_equal(sample.log_posterior, whole.log_posterior[:, :5])
    assert len(sample.history) == 21


def test_a_run_that_ends_in_its_burn_in_has_one_draw_and_says_what_it_is_worth():
    with pytest.warns(gl.GanglionWarning, match="within the burn-in of 10, so they are no sample"):
        sample = sample_partitions(X, PRIOR, progress=stopped_after(3), **RUN)
    assert sample.draws.shape == (2, 1, 45)
    assert sample.hyperparameters["concentration"].shape == (2, 1)


def test_a_time_budget_ends_the_run():
    begin = time.monotonic()
    with pytest.warns(gl.GanglionWarning, match="The time budget ended the run after sweep"):
        sample = sample_partitions(
            X, n_draws=10_000_000, n_chains=1, n_burn_in=5, time_budget=0.3, random_state=0,
            memory_limit="4GB",
        )  # fmt: skip
    assert time.monotonic() - begin < 5
    assert sample.stopped_by == "time_budget" and 1 <= sample.n_draws < 10_000_000


CHILD = """
import sys, time, warnings
import numpy as np
from ganglion.cluster.bayesian import sample_partitions
X = np.random.default_rng(0).normal(size=({n}, 4))
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    try:
        print("ready", flush=True)
        sample = sample_partitions(X, n_draws={n_draws}, n_burn_in={n_burn_in}, n_chains=2, random_state=0)
    except KeyboardInterrupt:
        print(time.monotonic(), "nothing", flush=True)
        sys.exit()
print(time.monotonic(), sample.stopped_by, flush=True)
assert sample.n_draws > 0 and "Ctrl-C ended the run" in str(told[0].message)
"""


@pytest.mark.parametrize(
    ("n", "n_burn_in", "ends"),
    [(300, 0, "interrupt"), (300, 1_000_000, "nothing"), (1500, 1, "interrupt")],
)
def test_ctrl_c_returns_the_draws_so_far(n, n_burn_in, ends):
    # A gigabyte for what would be drawn, of which little is: any machine has it.
    script = CHILD.format(n=n, n_draws=250_000_000 // n, n_burn_in=n_burn_in)
    (line,) = interrupt_soon(script, 2.0, within=1.0)
    assert line.split()[1] == ends


@pytest.mark.parametrize("stop", [1, 9, 10, 11, 13, 37, 49])
@pytest.mark.parametrize("chain", ["gibbs", "gibbs recorded", "hybrid recorded"])
def test_a_run_that_goes_on_has_the_draws_of_one_that_never_stopped(tmp_path, stop, chain):
    file = tmp_path / "run"
    algorithm, record = chain.split()[0], "recorded" in chain
    options = {**RUN, "algorithm": algorithm, "record": record}
    whole = sample_partitions(X, PRIOR, **options)
    with pytest.warns(gl.GanglionWarning, match="ended the run"):
        sample_partitions(X, PRIOR, progress=stopped_after(stop), checkpoint=file, **options)
    gone_on = sample_partitions(X, PRIOR, checkpoint=file, resume=True, **options)
    same(whole, gone_on)
    if record:
        assert np.array_equal(whole.history.labels, gone_on.history.labels)


def test_a_finished_run_can_have_more_draws(tmp_path):
    file = tmp_path / "run"
    sample_partitions(X, PRIOR, checkpoint=file, **RUN)
    longer = {**RUN, "n_draws": 35}
    same(
        sample_partitions(X, PRIOR, checkpoint=file, resume=True, **longer),
        sample_partitions(X, PRIOR, **longer),
    )
    with pytest.raises(
        gl.ParameterError, match="The checkpoint has 35 draws of each chain; got n_draws=20"
    ):
        sample_partitions(X, PRIOR, checkpoint=file, resume=True, **RUN)


def test_without_resume_a_file_is_replaced_and_resume_without_one_begins(tmp_path):
    file = tmp_path / "run"
    first = sample_partitions(X, PRIOR, checkpoint=file, resume=True, **RUN)
    written = file.read_bytes()
    again = sample_partitions(X, PRIOR, checkpoint=file, **RUN)
    same(first, again)
    assert file.read_bytes() == written  # the same run, the same bytes


OTHER = {
    "X is not what it was": {"X": X + 1.0, "component": Normal(mean=0.0, scale=1.0)},
    "the prior is not what it was": {"prior": DirichletProcess(concentration=1.0)},
    "the component, or a hyperparameter of it, is not": {"component": Normal(kappa=0.5)},
    "init is not what it was": {"init": np.zeros(45, int)},
    "n_burn_in was 10 and is 11": {"n_burn_in": 11},
    "n_chains was 2 and is 3": {"n_chains": 3},
    "thin was 2 and is 1": {"thin": 1},
    "record was False and is True": {"record": True},
    "random_state was 0 and is 1": {"random_state": 1},
}


@pytest.mark.parametrize("words", OTHER)
def test_a_checkpoint_of_another_run_is_refused(tmp_path, words):
    options = {"X": X, "prior": PRIOR, "component": Normal(mean=0.0, scale=1.0), **RUN}
    if "component" in OTHER[words] and "X" not in OTHER[words]:
        options["component"] = Normal()
    sample_partitions(checkpoint=tmp_path / "run", **options)
    with pytest.raises(gl.ParameterError, match=f"resume=True goes on with the run that.*{words}"):
        sample_partitions(checkpoint=tmp_path / "run", resume=True, **{**options, **OTHER[words]})


def test_damaged_and_foreign_files_are_refused(tmp_path):
    file = tmp_path / "run"
    go_on = {"checkpoint": file, "resume": True, **RUN}
    sample_partitions(X, PRIOR, checkpoint=file, **RUN)
    whole = file.read_bytes()
    file.write_bytes(whole[:-10] + b"0123456789")
    with pytest.raises(gl.ModelFileError, match="Cannot read"):
        sample_partitions(X, PRIOR, **go_on)
    write_state(file, State("KMeans", {}, {}))
    with pytest.raises(
        gl.ModelFileError, match="must hold a checkpoint of sampled partitions; it holds a KMeans"
    ):
        sample_partitions(X, PRIOR, **go_on)
    file.write_bytes(whole)
    state = read_state(file)
    write_state(file, State(state.kind, {**state.parameters, "more": 1}, state.arrays))
    with pytest.raises(gl.ModelFileError, match="it has other contents"):
        sample_partitions(X, PRIOR, **go_on)
    for name in ("draws/0", "trace", "sampler/labels"):
        arrays = {key: value for key, value in state.arrays.items() if key != name}
        write_state(file, State(state.kind, state.parameters, arrays))
        with pytest.raises(gl.ModelFileError, match="must hold all of a checkpoint"):
            sample_partitions(X, PRIOR, **go_on)


KILLS = """
import hashlib, os, random, signal, sys, time
import numpy as np
from ganglion.cluster.bayesian import DirichletProcess, Gamma, sample_partitions

n_kills, folder = int(sys.argv[1]), sys.argv[2]
X = np.random.default_rng(0).normal(size=(400, 2))
prior = DirichletProcess(concentration=Gamma(shape=1, rate=1))

def draw(path):
    sample = sample_partitions(X, prior, n_draws=60, n_burn_in=60, n_chains=2, random_state=1, checkpoint=path,
                               checkpoint_every=7, resume=path is not None)
    found = hashlib.sha256(sample.draws.tobytes() + sample.log_posterior.tobytes())
    found.update(sample.hyperparameters["concentration"].tobytes() + sample.history.log_posterior.tobytes())
    return found.hexdigest()

chance, kills, ends = random.Random(3), 0, 0
expected = draw(None)
begin = time.monotonic()
assert draw(os.path.join(folder, "warm")) == expected
span = time.monotonic() - begin
while kills < n_kills:
    path, end = os.path.join(folder, f"run-{ends}"), os.path.join(folder, f"end-{ends}")
    while True:
        child = os.fork()
        if child == 0:
            found = draw(path)
            with open(end + ".part", "w") as file:
                file.write(found)
            os.rename(end + ".part", end)
            os._exit(0)
        deadline = time.monotonic() + chance.uniform(0, 0.8 * span)
        while time.monotonic() < deadline and not os.waitpid(child, os.WNOHANG)[0]:
            time.sleep(0.0005)
        if os.path.exists(end):
            break
        try:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            kills += 1
        except (ProcessLookupError, ChildProcessError):
            pass
    with open(end) as file:
        assert file.read() == expected
    ends += 1
print(kills, ends)
"""


@pytest.mark.parametrize("n_kills", [4, pytest.param(60, marks=pytest.mark.heavy)])
def test_kills_at_any_moment_do_not_show_in_the_end(tmp_path, n_kills):
    done = subprocess.run(
        [sys.executable, "-c", KILLS, str(n_kills), str(tmp_path)],
        capture_output=True, text=True, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    kills, ends = map(int, done.stdout.split())
    assert kills >= n_kills and ends >= 1


def test_a_checkpoint_that_cannot_be_written_says_what_is_left(tmp_path):
    with pytest.raises(
        OSError, match="The checkpoint after sweep 10 was not written; there is no earlier one"
    ):
        sample_partitions(X, checkpoint=tmp_path / "no" / "run", checkpoint_every=10, **RUN)


WRONG = [
    ({"n_draws": 0}, "n_draws must be an integer of at least 1; got 0"),
    ({"n_draws": 1.5}, "n_draws must be an integer of at least 1; got 1.5"),
    ({"n_burn_in": -1}, "n_burn_in must be an integer of at least 0; got -1"),
    ({"n_chains": True}, "n_chains must be an integer of at least 1; got True"),
    ({"thin": 0}, "thin must be an integer of at least 1; got 0"),
    ({"algorithm": "neal"}, "algorithm must be one of 'auto', 'gibbs'"),
    ({"time_budget": 0}, "time_budget must be a positive number of seconds, or None; got 0"),
    ({"time_budget": float("nan")}, "time_budget must be a positive number of seconds"),
    ({"checkpoint": 3}, "checkpoint must be a path; got 3"),
    ({"checkpoint_every": 0}, "checkpoint_every must be an integer of at least 1; got 0"),
    ({"resume": True}, "resume=True needs checkpoint=, the file to go on from"),
    ({"resume": 1}, "resume must be True or False; got 1"),
    ({"record": "yes"}, "record must be True or False; got 'yes'"),
    ({"progress": 1}, "progress must be callable"),
    ({"random_state": "seed"}, "random_state must be None, an integer"),
    ({"memory_limit": "much"}, "memory_limit must be a positive number of bytes"),
    ({"prior": 1.0}, r"prior must be a DirichletProcess, a PitmanYor.*got 1\.0"),
    ({"component": "normal"}, "component must be a"),
    ({"component": Normal}, r"Use Normal\(\)"),
    ({"init": "best"}, r'init must be "auto", labels of shape \(45,\) or \(2, 45\); got \'best\''),
    (
        {"init": np.zeros(44, int)},
        r"or of shape \(2, 45\) with a row for each chain; got shape \(44,\)",
    ),
    ({"init": np.full(45, 1e300)}, "init must hold labels, which are integers; got dtype float64"),
    ({"init": np.full(45, 0.5)}, "init must hold labels, which are integers; got dtype float64"),
    ({"init": [[0], [1, 2]]}, "init must be"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG)
def test_a_wrong_parameter_is_named_with_what_it_must_be(wrong, message):
    with pytest.raises(gl.ParameterError, match=message):
        sample_partitions(X, **{**RUN, **wrong})


def test_starts_are_given_for_all_chains_or_each_and_in_any_numbers():
    one = np.arange(45) % 3 * 10**12 - 7
    all_alike = sample_partitions(X, PRIOR, init=one, record=True, **RUN)
    assert np.array_equal(all_alike.history.labels[:, 0], np.tile(np.arange(45) % 3, (2, 1)))
    each = sample_partitions(X, PRIOR, init=np.stack([one, one]).astype(float), **RUN)
    same(all_alike, each)


def test_draws_that_do_not_fit_are_refused_before_anything_is_drawn():
    def refused():
        with pytest.raises(
            gl.MemoryPlanError,
            match=r"4 chains of 1,000,000,000 draws of 45 labels needs .* Lower n_draws",
        ):
            sample_partitions(X, n_draws=1_000_000_000, memory_limit="1GB")

    done_within(1, refused)


def test_four_starts_are_far_from_each_other():
    sample = sample_partitions(X, PRIOR, n_draws=1, n_burn_in=0, random_state=0, record=True)
    counts = [len(np.unique(start)) for start in sample.history.labels[:, 0]]
    assert counts[0] == 1 and counts[1] == 45
    assert 2 <= counts[2] <= 10 and 2 <= counts[3] <= 10


def test_pitman_yor_with_two_free_hyperparameters_goes_on_too(tmp_path):
    prior = PitmanYor(
        discount=gl.cluster.bayesian.Beta(a=1, b=2), concentration=Gamma(shape=1, rate=1)
    )
    options = {**RUN, "n_draws": 3, "component": DiagonalNormal()}
    with pytest.warns(gl.GanglionWarning, match="ended the run"):
        sample_partitions(
            X, prior, progress=stopped_after(12), checkpoint=tmp_path / "run", **options
        )
    gone_on = sample_partitions(X, prior, checkpoint=tmp_path / "run", resume=True, **options)
    same(sample_partitions(X, prior, **options), gone_on)


@pytest.mark.parametrize("stop", [5, 12])
def test_hyperparameters_that_a_component_draws_go_on_too(tmp_path, stop):
    options = {**RUN, "component": SemiConjugateNormal()}
    with pytest.warns(gl.GanglionWarning, match="ended the run"):
        sample_partitions(
            X, PRIOR, progress=stopped_after(stop), checkpoint=tmp_path / "run", **options
        )
    gone_on = sample_partitions(X, PRIOR, checkpoint=tmp_path / "run", resume=True, **options)
    assert "rate[0]" in gone_on.hyperparameters
    same(sample_partitions(X, PRIOR, **options), gone_on)
