"""Decision surfaces as they are drawn: regions, borders and heights where the model says so, the points on top."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

import ganglion as gl
from drawn import collections, overlaps, shows
from ganglion import plots
from ganglion.nn import Dense, Network

SQUARE = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def by_the_first_input(sharpness=20.0):
    """Class 1 where x0 > 0.5."""
    network = Network([Dense(2, 2, "softmax")], "cross_entropy")
    network.set_parameters({"W1": [[0, sharpness], [0, 0]], "b1": [0, -sharpness / 2]})
    return network


def test_regions_have_the_colour_of_the_likeliest_class():
    ax = plots.decision_surface(by_the_first_input(), SQUARE, [0, 0, 1, 1], resolution=101)
    image = ax.images[0].get_array()
    blue, orange = (np.array(to_rgb(c)) for c in ("#0072b2", "#e69f00"))
    for place, colour in ((5, blue), (95, orange)):
        tint = 1.0 - image[50, place]
        assert np.allclose(tint / tint.max(), (1.0 - colour) / (1.0 - colour).max(), atol=1e-9)
    assert image[50, 50].min() > 0.9  # white where both are equally likely


def test_the_border_lies_where_the_answer_changes():
    ax = plots.decision_surface(by_the_first_input(), SQUARE, [0, 0, 1, 1], resolution=101)
    border = next(c for c in ax.collections if type(c).__name__ == "QuadContourSet")
    places = np.vstack([path.vertices for path in border.get_paths()])
    assert np.allclose(places[:, 0], 0.5, atol=1e-9)


def test_the_points_of_each_class_are_drawn_in_its_colour_and_mark():
    ax = plots.decision_surface(by_the_first_input(), SQUARE, [0, 1, 1, 0])
    drawn = collections(ax)
    assert drawn["class 0"].get_offsets().tolist() == [SQUARE[0], SQUARE[3]]
    assert drawn["class 1"].get_offsets().tolist() == [SQUARE[1], SQUARE[2]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["class 0", "class 1"]


def test_the_plane_reaches_a_little_beyond_the_points():
    ax = plots.decision_surface(by_the_first_input(), SQUARE)
    assert ax.get_xlim() == (-0.08, 1.08) and ax.get_ylim() == (-0.08, 1.08)
    assert collections(ax)["points"].get_offsets().tolist() == SQUARE


def test_a_single_sigmoid_has_two_classes():
    network = Network([Dense(2, 1, "sigmoid")], "binary_cross_entropy", random_state=0)
    ax = plots.decision_surface(network, SQUARE, [[0], [1], [1], [0]])
    assert {"class 0", "class 1"} <= set(collections(ax))


def test_rows_of_probabilities_are_drawn_as_their_likeliest_class():
    ax = plots.decision_surface(by_the_first_input(), SQUARE, np.eye(2)[[0, 1, 1, 1]])
    assert len(collections(ax)["class 1"].get_offsets()) == 3


def test_a_regression_is_drawn_as_heights_with_a_bar():
    network = Network([Dense(2, 1)], "mse")
    network.set_parameters({"W1": [[1.0], [0.0]], "b1": [0.0]})
    ax = plots.decision_surface(network, SQUARE, [0.0, 0.0, 1.0, 5.0])
    bar = ax.figure.axes[1]
    assert bar.get_ylabel() == "output" and bar.get_ylim() == (-0.08, 5.0)
    assert collections(ax)["points"].get_array().tolist() == [0.0, 0.0, 1.0, 5.0]


def test_estimators_are_drawn_with_the_names_of_their_classes():
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.svm import SVC

    names = ["no", "no", "yes", "yes"]
    for model in (LogisticRegression(), SVC()):
        drawn = collections(plots.decision_surface(model.fit(SQUARE, names), SQUARE, names))
        assert drawn["class yes"].get_offsets().tolist() == SQUARE[2:]
    ax = plots.decision_surface(LinearRegression().fit(SQUARE, [0, 1, 2, 3]), SQUARE, [0, 1, 2, 3])
    assert ax.figure.axes[1].get_ylabel() == "output"


def test_three_classes_have_borders_each():
    network = Network([Dense(2, 3, "softmax")], "cross_entropy", random_state=3)
    ax = plots.decision_surface(network, np.random.default_rng(0).normal(size=(30, 2)))
    assert sum(type(c).__name__ == "QuadContourSet" for c in ax.collections) >= 2


def test_a_frame_names_the_axes():
    import pandas as pd

    frame = pd.DataFrame(SQUARE, columns=["age", "mass"])
    ax = plots.decision_surface(by_the_first_input(), frame, [0, 0, 1, 1])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("age", "mass")


def test_equal_points_and_one_point_can_be_drawn():
    plots.decision_surface(by_the_first_input(), [[2.0, 2.0]], [1]).figure.canvas.draw()


def test_no_word_lies_on_another_and_the_picture_shows_both_classes():
    ax = plots.decision_surface(by_the_first_input(), SQUARE, [0, 0, 1, 1])
    assert overlaps(ax) == []
    assert shows(ax, (0x00, 0x72, 0xB2), 20) and shows(ax, (0xE6, 0x9F, 0x00), 20)


def test_it_draws_into_the_axes_that_it_is_given():
    _, (left, right) = plt.subplots(1, 2)
    assert plots.decision_surface(by_the_first_input(), SQUARE, ax=right) is right
    assert not left.collections


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([[0.0, 1.0, 2.0]],), gl.DataError, r"two inputs; X has the shape \(1, 3\)"),
        ((SQUARE, [0, 1]), gl.DataError, "one target for each of the 4 rows of X"),
        ((SQUARE, [0, 1, 2, 0]), gl.DataError, "y must hold the classes of the model, 0, 1; got 2"),
    ],
)
def test_data_that_does_not_fit_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        plots.decision_surface(by_the_first_input(), *arguments)


def test_models_that_cannot_be_drawn_are_refused():
    with pytest.raises(gl.ParameterError, match="this network has 3"):
        plots.decision_surface(Network([Dense(3, 1)]), SQUARE)
    with pytest.raises(gl.ParameterError, match="this network has 2 outputs"):
        plots.decision_surface(Network([Dense(2, 2)]), SQUARE)
    with pytest.raises(gl.ParameterError, match=r"needs a gl\.nn\.Network or a fitted estimator"):
        plots.decision_surface("model", SQUARE)
    with pytest.raises(gl.ParameterError, match="resolution must be an integer, at least 2; got 1"):
        plots.decision_surface(by_the_first_input(), SQUARE, resolution=1)
