"""Checkpoints: going on gives the bits of never having stopped; another training, or a damaged file, is refused."""

import contextlib
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion.nn import schedules
from ganglion.nn.lbfgs import LBFGS
from ganglion.nn.muon import Muon
from ganglion.storage import inspect, read_state, write_state


def rows(n=90, seed=0):
    """Rows of 5 numbers, and labels by a rule with noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 5))
    return X, (X @ np.arange(-2, 3) + rng.normal(size=n) > 0).astype(int) + (X[:, 0] > 1)


X, Y = rows()
HELD_OUT = rows(40, 1)


def model(*, dtype="float64", dropout=0.0, norm=False, seed=0):
    """5 inputs, 3 classes; with dropout and a batch norm where asked for."""
    layers = [gl.nn.Dense(5, 8, "tanh")]
    layers += [gl.nn.BatchNorm(8)] if norm else []
    layers += [gl.nn.Dropout(dropout)] if dropout else []
    layers += [gl.nn.Dense(8, 3, "softmax")]
    return gl.nn.Network(layers, "cross_entropy", random_state=seed, dtype=dtype)


OPTIMISERS = {
    "plain": lambda: gl.nn.SGD(0.1),
    "momentum": lambda: gl.nn.SGD(0.1, momentum=0.9),
    "nesterov": lambda: gl.nn.SGD(0.1, momentum=0.9, nesterov=True),
    "rmsprop": lambda: gl.nn.RMSprop(0.01),
    "adam": lambda: gl.nn.Adam(0.02),
    "adamw": lambda: gl.nn.AdamW(0.02),
    "nadam": lambda: gl.nn.optimisers.NAdam(0.02),
    "muon": lambda: Muon(0.02, matrices=["W1"]),
    "adam with decay": lambda: gl.nn.Adam(0.02, weight_decay=0.1),
}
SCHEDULES = {
    "none": lambda: None,
    "step": lambda: schedules.Step(2, gamma=0.5),
    "plateau": lambda: schedules.OnPlateau(factor=0.5, patience=0, threshold=0.1),
    "one cycle": lambda: schedules.OneCycle(),
    "warm-up": lambda: schedules.WarmUp(2, schedules.Cosine()),
}


class Enough(Exception):
    """What stands for the end of the process."""


def until(last):
    """A callback that ends the training after this epoch, as a kill would: nothing more is written."""

    def watch(epoch):
        if epoch.epoch == last:
            raise Enough

    return watch


def outcome(network, run, optimiser):
    """Everything that a training leaves behind, as bytes."""
    arrays = [*network.parameters.values(), *network.running.values()]
    arrays += [run.loss_curve, run.validation_loss_curve, run.metric_curve, run.learning_rate_curve]
    arrays += [np.asarray(value) for _, value in sorted(optimiser.state().items())]
    if run.record is not None:
        arrays += [
            getattr(run.record, name)
            for name in ("gradient_norm", "update_ratio", "dead", "saturated")
        ]
    numbers = (run.n_epochs, run.n_steps, run.best_epoch, run.stopped_by, run.engine)
    return [array.tobytes() for array in arrays], numbers


def fit(path=None, network=None, *, optimiser=None, callbacks=None, epochs=7, **options):
    """Train, and return what it leaves."""
    network = model() if network is None else network
    optimiser = gl.nn.Adam(0.02) if optimiser is None else optimiser
    run = gl.nn.train(
        network, X, Y, optimizer=optimiser, epochs=epochs, checkpoint=path, callbacks=callbacks,
        **({"random_state": 3} | options),
    )  # fmt: skip
    return outcome(network, run, optimiser)


KILLED = st.fixed_dictionaries(
    {
        "how": st.sampled_from(sorted(OPTIMISERS)),
        "schedule": st.sampled_from(sorted(SCHEDULES)),
        "stop": st.integers(0, 8),
        "every": st.integers(1, 3),
        "looks": st.booleans(),
    }
)
SHAPES = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["float32", "float64"]),
        "dropout": st.sampled_from([0.0, 0.3]),
        "norm": st.booleans(),
    }
)
CHOSEN = st.fixed_dictionaries(
    {
        "epochs": st.integers(2, 9),
        "batch_size": st.sampled_from([7, 32, 999]),
        "shuffle": st.booleans(),
        "l2": st.sampled_from([0.0, 0.1]),
        "patience": st.sampled_from([None, 2]),
        "restore_best": st.booleans(),
        "record": st.booleans(),
        "ema": st.sampled_from([None, 0.9]),
        "clip_norm": st.sampled_from([None, 0.5]),
    }
)


@settings(max_examples=60, deadline=None)
@given(killed=KILLED, shape=SHAPES, chosen=CHOSEN)
def test_a_killed_training_goes_on_to_the_same_bits(tmp_path_factory, killed, shape, chosen):
    path = tmp_path_factory.mktemp("run") / "training.safetensors"
    looks = {"eval_set": HELD_OUT, "metric": "accuracy"} if killed["looks"] else {}

    def begin(**more):
        optimiser, schedule = OPTIMISERS[killed["how"]](), SCHEDULES[killed["schedule"]]()
        given = {"optimiser": optimiser, "schedule": schedule, **chosen, **looks, **more}
        return fit(network=model(**shape), **given)

    whole, every = begin(), killed["every"]
    with contextlib.suppress(Enough):
        begin(path=path, checkpoint_every=every, callbacks=until(killed["stop"]))
    assert begin(path=path, checkpoint_every=every, resume=True) == whole
    assert begin(path=path, checkpoint_every=every, resume=True) == whole  # finished: as it is


@settings(max_examples=15, deadline=None)
@given(
    first=st.integers(1, 6),
    how=st.sampled_from(sorted(OPTIMISERS)),
    dropout=st.sampled_from([0.0, 0.5]),
)
def test_more_epochs_go_on(tmp_path_factory, first, how, dropout):
    path = tmp_path_factory.mktemp("run") / "training.safetensors"
    whole = fit(network=model(dropout=dropout), optimiser=OPTIMISERS[how]())
    fit(path, model(dropout=dropout), optimiser=OPTIMISERS[how](), epochs=first)
    gone_on = fit(path, model(dropout=dropout), optimiser=OPTIMISERS[how](), resume=True)
    assert gone_on == whole


def test_lbfgs_goes_on_from_its_history(tmp_path):
    path = tmp_path / "training"
    whole = fit(optimiser=LBFGS(), epochs=20)
    with pytest.raises(Enough):
        fit(path, optimiser=LBFGS(), epochs=20, callbacks=until(9))
    assert fit(path, optimiser=LBFGS(), epochs=20, resume=True) == whole


def test_a_network_of_python_functions_goes_on_too(tmp_path):
    def network():
        layers = [gl.nn.Dense(5, 8, _bent), gl.nn.Dropout(0.2), gl.nn.Dense(8, 3, "softmax")]
        return gl.nn.Network(layers, "cross_entropy", random_state=0)

    whole = fit(network=network())
    assert whole[1][-1] == "autodiff"
    with pytest.raises(Enough):
        fit(tmp_path / "training", network(), callbacks=until(3))
    assert fit(tmp_path / "training", network(), resume=True) == whole


def _bent(z):
    return z / (1 + z * z)


@pytest.mark.parametrize("kind", ["generator", "RandomState", "Philox"])
def test_a_generator_is_brought_to_where_it_was(tmp_path, kind):
    make = {
        "generator": lambda: np.random.default_rng(5),
        "RandomState": lambda: np.random.RandomState(5),
        "Philox": lambda: np.random.Generator(np.random.Philox(5)),
    }[kind]
    whole = fit(random_state=make())
    with pytest.raises(Enough):
        fit(tmp_path / "training", random_state=make(), callbacks=until(4))
    assert fit(tmp_path / "training", random_state=make(), resume=True) == whole


def test_the_same_objects_go_on_in_the_same_process(tmp_path):
    whole = fit(random_state=np.random.default_rng(5))
    network, optimiser, draws = model(), gl.nn.Adam(0.02), np.random.default_rng(5)
    for epochs in (2, 5, 7):
        last = fit(
            tmp_path / "training", network, optimiser=optimiser, random_state=draws, epochs=epochs, resume=True
        )  # fmt: skip
    assert last == whole


def test_without_a_seed_the_checkpoint_has_the_orders(tmp_path):
    with pytest.raises(Enough):
        fit(tmp_path / "training", random_state=None, callbacks=until(2))
    data = (tmp_path / "training").read_bytes()
    first = fit(tmp_path / "training", random_state=None, resume=True)
    (tmp_path / "training").write_bytes(data)
    assert fit(tmp_path / "training", random_state=None, resume=True) == first


def test_a_training_that_a_callback_stopped_goes_on(tmp_path):
    stopped = fit(tmp_path / "training", callbacks=lambda epoch: epoch.epoch == 4)
    assert stopped[1][3] == "callback"
    assert fit(tmp_path / "training", resume=True) == fit()


def test_a_rate_that_a_callback_lowered_stays_lowered(tmp_path):
    def lowering(optimiser, last=None):
        def watch(epoch):
            if epoch.epoch == last:
                raise Enough
            optimiser.learning_rate *= 0.5

        return watch

    one, two, three = (gl.nn.Adam(0.02) for _ in range(3))
    whole = fit(optimiser=one, callbacks=lowering(one))
    with pytest.raises(Enough):
        fit(tmp_path / "training", optimiser=two, callbacks=lowering(two, 5))
    # The callback of epoch 5 came after its checkpoint, and is not called again.
    gone_on = fit(tmp_path / "training", optimiser=three, callbacks=lowering(three), resume=True)
    assert gone_on[1] == whole[1]


def test_there_is_a_checkpoint_before_the_first_epoch_and_after_the_last(tmp_path):
    path, seen = tmp_path / "training", []

    def watch(epoch):
        seen.append((epoch.epoch, len(_curve(path))))

    fit(path, checkpoint_every=3, callbacks=watch)
    assert seen == [(1, 0), (2, 0), (3, 3), (4, 3), (5, 3), (6, 6), (7, 7)]
    assert os.listdir(tmp_path) == ["training"]


def _curve(path):
    arrays = {array.name: array for array in inspect(path).arrays}
    return range(arrays["curves/loss"].shape[0])


def test_resume_without_a_file_starts(tmp_path):
    assert fit(tmp_path / "training", resume=True) == fit()


def test_without_resume_a_training_starts_over(tmp_path):
    fit(tmp_path / "training", random_state=8)
    assert fit(tmp_path / "training") == fit()
    assert fit(tmp_path / "training", resume=True) == fit()


CHANGES = {
    "X is not what it was": {"X": X + 1e-9},
    "y is not what it was": {"y": np.roll(Y, 1)},
    "sample_weight is not what it was": {"sample_weight": np.full(90, 2.0)},
    "eval_set X is not what it was": {"eval_set": HELD_OUT},
    r"the architecture was .*n_out=8.* and is .*n_out=9": {
        "network": gl.nn.Network([gl.nn.Dense(5, 9, "tanh"), gl.nn.Dense(9, 3, "softmax")], "cross_entropy")
    },
    r"the architecture was .*activation=tanh.* and is .*activation=relu": {
        "network": gl.nn.Network([gl.nn.Dense(5, 8, "relu"), gl.nn.Dense(8, 3, "softmax")], "cross_entropy")
    },
    r"the architecture was .*, mean, .* and is .*, sum": {
        "network": gl.nn.Network(
            [gl.nn.Dense(5, 8, "tanh"), gl.nn.Dense(8, 3, "softmax")], "cross_entropy", reduction="sum"
        )
    },
    "optimizer was 'Adam' and is 'AdamW'": {"optimizer": gl.nn.AdamW(0.02, weight_decay=0.0)},
    "optimizer.learning_rate was 0.02 and is 0.01": {"optimizer": gl.nn.Adam(0.01)},
    "optimizer.beta_1 was 0.9 and is 0.8": {"optimizer": gl.nn.Adam(0.02, beta_1=0.8)},
    "batch_size was 32 and is 16": {"batch_size": 16},
    "shuffle was True and is False": {"shuffle": False},
    "random_state was 3 and is 4": {"random_state": 4},
    "random_state was 3 and is None": {"random_state": None},
    "l2 was 0.0 and is 0.5": {"l2": 0.5},
    "label_smoothing was 0.0 and is 0.1": {"label_smoothing": 0.1},
    "patience was None and is 2": {"patience": 2},
    "tol was 0.0 and is 0.1": {"tol": 0.1},
    "restore_best was False and is True": {"restore_best": True},
    "schedule was 'None' and is 'Step'": {"schedule": schedules.Step(1)},
    "has 7 epochs behind it; got epochs=6": {"epochs": 6},
}  # fmt: skip


@pytest.mark.parametrize("words", CHANGES)
def test_another_training_is_refused_by_what_differs(tmp_path, words):
    fit(tmp_path / "training")
    before = (tmp_path / "training").read_bytes()
    given = {
        "network": model(), "X": X, "y": Y, "optimizer": gl.nn.Adam(0.02), "epochs": 9, "random_state": 3,
    } | CHANGES[words]  # fmt: skip
    network = given.pop("network")
    start = [value.copy() for value in network.parameters.values()]
    with pytest.raises(gl.ParameterError, match=words):
        gl.nn.train(
            network, given.pop("X"), given.pop("y"), checkpoint=tmp_path / "training", resume=True, **given
        )  # fmt: skip
    assert all(map(np.array_equal, start, network.parameters.values()))
    assert (tmp_path / "training").read_bytes() == before


def test_a_setting_of_a_schedule_is_one_of_the_training(tmp_path):
    fit(tmp_path / "training", schedule=schedules.Step(2, gamma=0.5))
    with pytest.raises(gl.ParameterError, match=r"schedule.gamma was 0.5 and is 0.25"):
        fit(tmp_path / "training", schedule=schedules.Step(2, gamma=0.25), resume=True)


def test_metrics_are_told_apart(tmp_path):
    fit(tmp_path / "training", eval_set=HELD_OUT, metric="accuracy")
    with pytest.raises(gl.ParameterError, match="metric was 'accuracy' and is 'f1_macro'"):
        fit(tmp_path / "training", eval_set=HELD_OUT, metric="f1_macro", resume=True)


def test_a_generator_of_another_kind_is_refused(tmp_path):
    fit(tmp_path / "training", random_state=None)
    with pytest.raises(gl.ParameterError, match="random_state was None and is '"):
        fit(tmp_path / "training", random_state=np.random.default_rng(0), resume=True)


def damaged(whole, *, every):
    """The file with each of its bits flipped and each of its ends cut off, or of these one in `every`."""
    for number in range(0, 8 * len(whole), every):
        copy = bytearray(whole)
        copy[number // 8] ^= 1 << number % 8
        yield bytes(copy)
    yield from (whole[:length] for length in range(0, len(whole), -(-every // 8)))
    yield whole + b"\0"


@pytest.mark.parametrize("every", [61, pytest.param(1, marks=pytest.mark.heavy)])
def test_every_cut_and_every_flipped_bit_is_refused(tmp_path, every):
    path, network = tmp_path / "training", gl.nn.Network([gl.nn.Dense(1, 1)], random_state=0)

    def resume():
        gl.nn.train(
            network, [[1.0]], [2.0], optimizer=gl.nn.SGD(0.1), epochs=1, checkpoint=path, resume=True, random_state=0
        )  # fmt: skip

    resume()
    whole, weights = path.read_bytes(), network.parameters["W1"].copy()
    resume()
    for content in damaged(whole, every=every):
        path.write_bytes(content)
        with pytest.raises(gl.ModelFileError):
            resume()
        assert path.read_bytes() == content and network.parameters["W1"] == weights


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path):
    path = tmp_path / "groups.safetensors"
    gl.save(gl.KMeans(n_clusters=2, random_state=0).fit(X), path)
    with pytest.raises(
        gl.ModelFileError, match="must hold a checkpoint of a training; it holds a KMeans"
    ):
        fit(path, resume=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p, a: p.update(more=1), "as this version of ganglion writes them; it has other contents"),
        (lambda p, a: p.pop("best"), "it has other contents"),
        (lambda p, a: p.update(best={"epoch": 1}), "must hold all of a checkpoint"),
        (lambda p, a: p.update(data=[]), "must hold all of a checkpoint; TypeError"),
        (lambda p, a: p["generator"]["state"].update(state={"state": "x"}), "must hold all of a checkpoint"),
        (lambda p, a: p["generator"]["state"].update(bit_generator="Magic"), "random_state must be a generator"),
        (lambda p, a: a.pop("now/W1"), "its arrays 'now' are not those of the network"),
        (lambda p, a: a.update({"now/W1": np.zeros((5, 7))}), "its arrays 'now' are not those of the network"),
        (lambda p, a: a.pop("optimiser/first.W1"), "must hold all of a checkpoint"),
        (lambda p, a: a.pop("curves/loss"), "must hold all of a checkpoint; KeyError"),
        (lambda p, a: p["optimiser"].pop("steps"), "must hold all of a checkpoint"),
    ],
)  # fmt: skip
def test_contents_that_make_no_training_are_refused(tmp_path, change, words):
    fit(tmp_path / "training")
    state = read_state(tmp_path / "training")
    change(state.parameters, state.arrays)
    write_state(tmp_path / "training", state)
    with pytest.raises(gl.GanglionError, match=words):
        fit(tmp_path / "training", resume=True)


def test_a_directory_that_is_not_there_is_said_before_the_first_epoch(tmp_path):
    told = []
    with pytest.raises(FileNotFoundError, match="there is no earlier one"):
        fit(tmp_path / "missing" / "training", callbacks=told.append)
    assert told == []


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path):
    """A limit on the size of files stands for the full disk: the write fails in its middle, as there."""
    path = tmp_path / "training"
    script = f"""
import resource, signal, sys
sys.path[:0] = [{os.path.dirname(__file__)!r}]
import numpy as np
import ganglion as gl
import test_checkpoints as t
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
network = t.model()
def full(epoch):
    if epoch.epoch == 4:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
try:
    t.fit({str(path)!r}, network, callbacks=full)
except OSError as error:
    print(error.errno, error)
print(b"".join(v.tobytes() for v in network.parameters.values()).hex(), end="")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=300
    )
    message, state = done.stdout.rsplit("\n", 1)
    assert "27 " in message and "The checkpoint after epoch 5 was not written" in message
    assert "the one after epoch 4 is whole, and resume=True goes on from it" in message
    fifth = model()
    fit(network=fifth, epochs=5)
    assert bytes.fromhex(state) == b"".join(v.tobytes() for v in fifth.parameters.values())
    assert os.listdir(tmp_path) == ["training"] and len(_curve(path)) == 4
    assert fit(path, resume=True) == fit()
