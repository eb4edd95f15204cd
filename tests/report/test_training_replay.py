"""The record of a training and the page made from it: what is kept, what is said, how large it is, what is refused."""

import base64
import json
import re

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn import Adam, BatchNorm, Dense, Network
from ganglion.report import TrainingRecorder, replay_page, training_page
from ganglion.report._training_chart import draw_losses
from quickness import done_within


def moons(n=120, seed=0):
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, np.pi, n)
    y = np.arange(n) % 2
    X = np.column_stack([np.cos(angle) + y, np.where(y, 0.4, 0.0) + np.sin(angle) * (1 - 2 * y)])
    return X + 0.1 * rng.normal(size=(n, 2)), y


def network(*, hidden=8, activation="tanh", seed=0):
    layers = [Dense(2, hidden, activation), Dense(hidden, 2, "softmax")]
    return Network(layers, "cross_entropy", random_state=seed)


def data_of(page):
    return json.loads(re.search(r'id="data">(.*?)</script>', page)[1])


def floats(text):
    return np.frombuffer(base64.b64decode(text), dtype="<f4")


def recorded(net, X, y, **arguments):
    recorder = TrainingRecorder(net, X, y)
    known = {"optimizer": Adam(0.02), "epochs": 5, "random_state": 0}
    return recorder, gl.nn.train(net, X, y, callbacks=recorder, **{**known, **arguments})


def test_every_epoch_is_kept_with_its_parameters_and_the_start():
    X, y = moons()
    net = network()
    start = np.concatenate([value.ravel() for value in net.parameters.values()])
    recorder, run = recorded(net, X, y, eval_set=(X, y))
    replay = recorder.replay()
    assert replay.epochs.tolist() == [0, 1, 2, 3, 4, 5]
    assert np.array_equal(replay.parameters[0], start.astype(np.float32))
    end = np.concatenate([value.ravel() for value in net.parameters.values()])
    assert np.array_equal(replay.parameters[-1], end.astype(np.float32))
    assert np.array_equal(replay.loss, run.loss_curve)
    assert np.array_equal(replay.validation_loss, run.validation_loss_curve)
    assert replay.first_loss == pytest.approx(network().loss(X, y))


def test_the_recorder_changes_no_bit_of_the_training():
    X, y = moons()
    watched, alone = network(), network()
    recorded(watched, X, y)
    gl.nn.train(alone, X, y, optimizer=Adam(0.02), epochs=5, random_state=0)
    for name, value in alone.parameters.items():
        assert value.tobytes() == watched.parameters[name].tobytes()


def test_of_very_many_epochs_the_first_and_the_last_are_kept():
    X, y = moons(8)
    net = network(hidden=1)
    recorder, _ = recorded(net, X, y, epochs=5000, batch_size=8)
    replay = recorder.replay()
    assert replay.epochs[:257].tolist() == list(range(257)) and replay.epochs[-1] == 5000
    assert 300 < len(replay.epochs) <= 2048 and np.all(np.diff(replay.epochs) > 0)
    assert len(replay.loss) == 5000
    words = data_of(replay_page(replay))["words"]
    assert len(words) == 300 and words[0]["epoch"] == 0 and words[-1]["epoch"] == 5000


def test_a_batch_norm_is_packed_as_the_scale_and_shift_that_it_is_at_rest():
    X, y = moons()
    net = Network(
        [Dense(2, 3), BatchNorm(3, "relu"), Dense(3, 2, "softmax")], "cross_entropy", random_state=0
    )
    recorder, _ = recorded(net, X, y)
    last = recorder.replay().parameters[-1]
    hidden = X @ net.parameters["W1"] + net.parameters["b1"]
    scaled = np.maximum(hidden * last[9:12] + last[12:15], 0)
    z = scaled @ net.parameters["W2"] + net.parameters["b2"]
    shares = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    assert np.allclose(shares, net.forward(X), atol=1e-5)


def test_200_epochs_of_a_2_8_2_network_are_small_and_quick():
    X, y = moons(300)
    page = done_within(
        2.0,
        lambda: training_page(network(), X, y, optimizer=Adam(0.02), epochs=200, random_state=0),
    )
    assert len(page.encode()) < 300_000
    data = data_of(page)
    assert len(data["words"]) == 201
    assert floats(data["parameters"]).shape == (201 * 42,)


def test_the_same_training_gives_the_same_page():
    X, y = moons()
    pages = [
        training_page(network(), X, y, optimizer=Adam(0.02), epochs=10, random_state=0)
        for _ in range(2)
    ]
    assert pages[0] == pages[1]


def test_a_page_is_written_whole(tmp_path):
    X, y = moons()
    path = tmp_path / "replay.html"
    page = training_page(network(), X, y, optimizer=Adam(), epochs=2, path=path)
    assert path.read_text(encoding="utf-8") == page
    assert [file.name for file in tmp_path.iterdir()] == ["replay.html"]


def test_a_large_network_keeps_fewer_moments_and_still_fits():
    X, y = moons(40)
    net = Network(
        [Dense(2, 64, "relu"), Dense(64, 64, "relu"), Dense(64, 2, "softmax")],
        "cross_entropy",
        random_state=0,
    )
    recorder, _ = recorded(net, X, y, epochs=60)
    page = replay_page(recorder.replay())
    assert len(page.encode()) < 1_000_000
    assert 12 <= len(data_of(page)["words"]) < 61
    assert "moments of 61" in page


def test_a_network_of_which_not_even_twelve_moments_fit_is_refused():
    X, y = moons(20)
    net = Network(
        [Dense(2, 300), Dense(300, 100), Dense(100, 2, "softmax")], "cross_entropy", random_state=0
    )
    recorder, _ = recorded(net, X, y, epochs=20)
    with pytest.raises(gl.DataError, match="at least 12 moments; this network has 31,202 of them"):
        replay_page(recorder.replay())


def test_many_points_are_drawn_as_a_sample_of_each_class():
    X, y = moons(5000)
    data = data_of(training_page(network(), X, y, optimizer=Adam(), epochs=1, batch_size=500))
    targets = floats(data["targets"])
    assert len(targets) == 1500 and abs(targets.mean() - 0.5) < 0.01


def test_the_headline_says_what_happened_and_the_table_holds_the_losses():
    X, y = moons()
    recorder, run = recorded(network(), X, y, epochs=3, eval_set=(X, y))
    page = replay_page(recorder.replay(title="Two moons", settings=[("seed", "0")]))
    assert "In 3 epochs the loss fell from" in page and "<title>Two moons</title>" in page
    assert page.count("<tr><td>") == 3
    assert f"<td>{run.loss_curve[0]:.4g}</td>" in page.replace(",", "")


def test_an_activation_written_in_python_is_held_as_a_table():
    X, y = moons()
    page = training_page(network(activation=np.sin), X, y, optimizer=Adam(), epochs=2)
    table = floats(data_of(page)["stages"][0]["table"])
    places = np.linspace(-16, 16, 2049)
    assert np.allclose(table, np.sin(places), atol=1e-7)
    assert "held as a table" in page


def test_losses_over_decades_get_a_logarithmic_axis_with_powers_of_ten():
    chart = draw_losses(3.0, np.geomspace(1.0, 2e-4, 50), np.full(50, np.nan), None)
    assert chart.is_log
    assert [tick.text for tick in chart.y_ticks] == ["0.0001", "0.001", "0.01", "0.1", "1", "10"]
    heights = [tick.at for tick in chart.y_ticks]
    assert np.allclose(np.diff(heights), np.diff(heights)[0], atol=0.2)
    linear = draw_losses(1.0, np.array([0.8, 0.5]), np.array([0.9, 0.6]), 2)
    assert not linear.is_log and linear.y_ticks[0].text == "0"
    assert linear.best[2] == "best: epoch 2" and linear.best[:2] == linear.place(2, 0.6)


def test_epochs_are_marked_at_round_numbers():
    for n, step in ((200, 50), (7, 2), (1, 1), (5000, 1000)):
        chart = draw_losses(1.0, np.full(n, 0.5), np.full(n, np.nan), None)
        first, second = (int(tick.text.replace(",", "")) for tick in chart.x_ticks[:2])
        assert (first, second) == (0, step)


def test_what_cannot_be_replayed_is_refused():
    X, y = moons()
    with pytest.raises(gl.ParameterError, match="trainings on two inputs; this network has 3"):
        TrainingRecorder(Network([Dense(3, 1)]), X, y)
    with pytest.raises(gl.DataError, match=r"two inputs; X has the shape \(120, 1\)"):
        TrainingRecorder(network(), X[:, :1], y)
    with pytest.raises(gl.ParameterError, match="classes or one value; this network has 2 outputs"):
        TrainingRecorder(Network([Dense(2, 2)]), X, X)
    with pytest.raises(gl.DataError, match="one target for each of the 120 rows"):
        TrainingRecorder(network(), X, y[:5])
    with pytest.raises(gl.ParameterError, match="classes must hold 2 names; got"):
        TrainingRecorder(network(), X, y, classes=["one"])
    with pytest.raises(gl.ParameterError, match="inputs must hold 2 names"):
        TrainingRecorder(network(), X, y, inputs="ab")
    recorder = TrainingRecorder(network(), X, y)
    with pytest.raises(
        gl.ParameterError, match=r"recorder was made for Network.* is being trained"
    ):
        gl.nn.train(network(seed=1), X, y, optimizer=Adam(), epochs=1, callbacks=recorder)
    with pytest.raises(gl.DataError, match="There is no epoch to replay"):
        TrainingRecorder(network(), X, y).replay()


@pytest.mark.parametrize(("factor", "power", "what"), [(1e200, 0, "inputs"), (1, 60, "targets")])
def test_numbers_that_float32_cannot_hold_are_refused(factor, power, what):
    rows = np.linspace(-1.0, 1.0, 20).reshape(10, 2)
    small = Network([Dense(2, 1, "tanh")], random_state=0)
    with pytest.raises(gl.DataError, match=rf"holds numbers up to 3\.4e38; the {what} reach 1e"):
        gl.report.training_page(
            small, rows * factor, rows[:, 0] * 10.0**power,
            optimizer=gl.nn.Adam(), epochs=2, random_state=0,
        )  # fmt: skip
