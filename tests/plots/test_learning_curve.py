"""The learning curve as it is drawn: losses, metric, learning rate, the best epoch, and scales that fit."""

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pytest

import ganglion as gl
from drawn import lines, overlaps, shows
from ganglion import plots


@dataclass(frozen=True)
class Curves:
    """A training written by hand."""

    loss_curve: list
    validation_loss_curve: list | None = None
    metric_curve: list | None = None
    learning_rate_curve: list | None = None
    best_epoch: int | None = None


FALLING = [1.0, 0.5, 0.4, 0.35]
WHOLE = Curves(FALLING, [1.1, 0.6, 0.55, 0.7], [0.5, 0.8, 0.9, 0.7], [0.1, 0.1, 0.05, 0.01], 3)


def test_losses_are_drawn_epoch_by_epoch_from_1():
    drawn = lines(plots.learning_curve(WHOLE))
    assert drawn["training"].get_xdata().tolist() == [1, 2, 3, 4]
    assert drawn["training"].get_ydata().tolist() == FALLING
    assert drawn["validation"].get_ydata().tolist() == WHOLE.validation_loss_curve
    assert drawn["validation"].is_dashed() and not drawn["training"].is_dashed()


def test_the_best_epoch_is_marked_on_the_validation_loss_and_named():
    ax = plots.learning_curve(WHOLE)
    drawn = lines(ax)
    assert drawn["best epoch 3"].get_xdata() == [3, 3]
    assert drawn["_best"].get_xydata().tolist() == [[3, 0.55]]
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["training", "validation", "best epoch 3"]


def test_without_validation_the_last_epoch_is_not_marked_as_the_best():
    assert "best epoch 4" not in lines(plots.learning_curve(Curves(FALLING, best_epoch=4)))
    assert "best epoch 2" in lines(plots.learning_curve(Curves([1.0, 0.5, 0.6], best_epoch=2)))


def test_metric_and_learning_rate_have_panels_beneath():
    loss, metric, rate = plots.learning_curve(WHOLE).figure.axes
    assert lines(metric)["metric"].get_ydata().tolist() == WHOLE.metric_curve
    assert lines(metric)["_best"].get_xydata().tolist() == [[3, 0.9]]
    assert lines(rate)["learning rate"].get_ydata().tolist() == WHOLE.learning_rate_curve
    assert rate.get_ylim()[0] == 0.0 and rate.get_xlabel() == "epoch"
    boxes = [axes.get_position() for axes in (loss, metric, rate)]
    assert boxes[0].height > boxes[1].height > boxes[2].height


def test_a_rate_that_never_changed_is_told_in_the_corner():
    ax = plots.learning_curve(Curves(FALLING, learning_rate_curve=[0.01] * 4))
    assert len(ax.figure.axes) == 1
    assert ax.get_title(loc="right") == "learning rate 0.01"


@pytest.mark.parametrize(("least", "scale"), [(0.02, "linear"), (0.01, "log"), (0.0, "linear")])
def test_the_scale_is_logarithmic_from_two_decades_on(least, scale):
    ax = plots.learning_curve(Curves([1.0, 0.5, least]))
    assert ax.get_yscale() == scale
    if scale == "linear":
        assert ax.get_ylim()[0] == 0.0


def test_a_loss_below_zero_is_drawn_on_a_linear_axis_that_holds_it():
    assert plots.learning_curve(Curves([1.0, -3.0])).get_ylim()[0] < -3.0


def test_numbers_that_were_not_recorded_leave_no_panel():
    nothing = [float("nan")] * 4
    ax = plots.learning_curve(Curves(FALLING, nothing, nothing, nothing, 0))
    assert [line.get_label() for line in ax.lines] == ["training"] and ax.get_legend() is None
    assert len(ax.figure.axes) == 1


def test_what_train_returns_is_drawn():
    X = np.linspace(-1, 1, 40)[:, None]
    network = gl.nn.Network([gl.nn.Dense(1, 4, "tanh"), gl.nn.Dense(4, 1)], random_state=0)
    run = gl.nn.train(
        network, X, X**2, optimizer=gl.nn.Adam(0.01), epochs=30, random_state=0, eval_set=(X, X**2)
    )
    drawn = lines(plots.learning_curve(run))
    assert np.array_equal(drawn["training"].get_ydata(), run.loss_curve)
    assert np.array_equal(drawn["validation"].get_ydata(), run.validation_loss_curve)


def test_a_fitted_estimator_is_drawn():
    from sklearn.neural_network import MLPRegressor

    X = np.linspace(-1, 1, 40)[:, None]
    model = MLPRegressor(hidden_layer_sizes=(4,), max_iter=20, tol=0.0, n_iter_no_change=20)
    model.fit(X, X[:, 0])
    assert lines(plots.learning_curve(model))["training"].get_ydata().tolist() == model.loss_curve_


def test_an_estimator_that_stopped_early_shows_its_scores_and_the_best_epoch():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 2))
    model = gl.MLPClassifier((4,), early_stopping=True, n_iter_no_change=3, random_state=0)
    model.fit(X, X[:, 0] > 0)
    ax = plots.learning_curve(model)
    drawn = [line.get_ydata() for panel in ax.figure.axes for line in panel.lines]
    assert any(np.array_equal(values, model.validation_scores_) for values in drawn)
    best = 1 + int(np.argmax(model.validation_scores_))
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert best < model.n_iter_ and any(f"best epoch {best}" in text for text in words)


def test_into_given_axes_go_the_losses_alone():
    figure, (left, right) = plt.subplots(1, 2)
    assert plots.learning_curve(WHOLE, ax=right) is right
    assert not left.lines and len(figure.axes) == 2 and right.get_xlabel() == "epoch"


@pytest.mark.parametrize(
    "curves",
    [WHOLE, Curves([1.0, 1e-7]), Curves([3.0]), Curves(list(np.geomspace(1e4, 0.1, 5000)))],
)
def test_no_word_lies_on_another(curves):
    assert overlaps(plots.learning_curve(curves)) == []


def test_the_picture_shows_the_lines_and_the_mark():
    ax = plots.learning_curve(WHOLE)
    for colour in ((0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00), (0x00, 0x9E, 0x73), (0xB3, 0x26, 0x1E)):
        assert shows(ax, colour)


@pytest.mark.parametrize("wrong", [None, 3, Curves([])])
def test_what_has_no_loss_curve_is_refused(wrong):
    with pytest.raises(gl.ParameterError, match=r"needs what gl\.nn\.train returned or a fitted"):
        plots.learning_curve(wrong)
