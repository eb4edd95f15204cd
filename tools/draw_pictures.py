"""Draw the pictures of docs/, all of them made by the library itself.

    python tools/draw_pictures.py

A test demands that docs/pictures holds what this draws.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import matplotlib
import numpy as np

import ganglion as gl

matplotlib.use("agg")

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"


def sum_and_product() -> str:
    """f = (x + y) z by hand."""
    return gl.autodiff.trace("q = x + y; f = q * z", x=-2, y=5, z=-4).to_svg()


def two_layers() -> str:
    """One sigmoid unit behind another, with a squared loss."""
    text = "z2 = theta1 * x; a2 = sigmoid(z2); z3 = theta2 * a2; a3 = sigmoid(z3); r = y - a3; J = r ** 2 / 2"
    return gl.autodiff.trace(text, x=1.5, y=1, theta1=0.8, theta2=-0.4).to_svg()


def two_paths() -> str:
    """A 2-2-2 sigmoid network down to its weights."""
    layers = [gl.nn.Dense(2, 2, "sigmoid", bias=False) for _ in range(2)]
    network = gl.nn.Network(layers, loss="squared")
    network.set_parameters({"W1": [[0.5, -0.3], [0.2, 0.8]], "W2": [[1.0, -0.7], [0.4, 0.6]]})
    return network.trace([1.0, 0.5], [1.0, 0.0]).to_svg()


PICTURES: dict[str, Callable[[], str]] = {
    "sum-and-product.svg": sum_and_product,
    "two-layers.svg": two_layers,
    "two-paths.svg": two_paths,
}


def rings() -> bytes:
    """Three rings: what a network answers, what it is made of, and how it learned."""
    from matplotlib.figure import Figure

    rng = np.random.default_rng(0)
    angle, ring = rng.uniform(0, 2 * np.pi, 600), np.repeat([0, 1, 2], 200)
    rows = np.column_stack([np.cos(angle), np.sin(angle)]) * (1 + ring)[:, None]
    rows += rng.normal(0, 0.15, rows.shape)
    layers = [gl.nn.Dense(2, 8, "tanh"), gl.nn.Dense(8, 3, "softmax")]
    network = gl.nn.Network(layers, "cross_entropy", random_state=0)
    run = gl.nn.train(
        network,
        rows[::2],
        ring[::2],
        optimizer=gl.nn.Adam(0.02),
        epochs=150,
        eval_set=(rows[1::2], ring[1::2]),
        random_state=0,
    )
    figure = Figure(figsize=(12.5, 4.2), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    gl.plots.decision_surface(network, rows[::2], ring[::2], ax=left)
    gl.plots.network(network, ax=middle)
    gl.plots.learning_curve(run, ax=right)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80, metadata={"Software": None})
    return buffer.getvalue()


def trees() -> bytes:
    """The penguins as a tree by Ward's method: dendrogram, distances in its order, banner."""
    from matplotlib.figure import Figure

    from ganglion.data import design_matrix, example_path, read_table

    measured = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
    X = design_matrix(read_table(example_path("penguins")), columns=measured).X
    tree = gl.linkage(X, "ward")
    figure = Figure(figsize=(13.5, 4.4), layout="constrained")
    left, middle, right = figure.subplots(1, 3, width_ratios=(1.25, 1.35, 0.9))
    gl.plots.dendrogram(tree, n_clusters=4, max_leaves=30, ax=left)
    gl.plots.heatmap(tree, gl.distances.condensed(X), n_clusters=4, ax=middle)
    gl.plots.banner(tree, n_clusters=4, ax=right)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80, metadata={"Software": None})
    return buffer.getvalue()


def posterior() -> bytes:
    """The penguins' posterior: who is with whom, how many clusters, the chains, the credible ball."""
    from matplotlib.figure import Figure

    from ganglion.cluster.bayesian import MixtureOfFiniteMixtures
    from ganglion.data import design_matrix, example_path, read_table

    measured = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
    X = design_matrix(read_table(example_path("penguins")), columns=measured).X
    prior = MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=np.full(20, 0.05))
    model = gl.BayesianClustering(prior=prior, n_draws=500, thin=2, random_state=0).fit(X)
    draws, labels = model.draws_, model.labels_
    figure = Figure(figsize=(13.5, 9.2), layout="constrained")
    (top, right), (left, low) = figure.subplots(2, 2, width_ratios=(1.0, 1.15))
    gl.plots.posterior_similarity(draws, labels, ax=top)
    gl.plots.posterior_clusters(
        draws, components=model.n_components_posterior_, estimate=model.n_clusters_, ax=left
    )
    gl.plots.posterior_ball(draws, labels, ax=right)
    gl.plots.posterior_chains(
        draws,
        model.log_posterior_,
        history=model.sample_.history,
        verdict=model.diagnostics_.verdict,
        ax=low,
    )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80, metadata={"Software": None})
    return buffer.getvalue()


def segments() -> bytes:
    """Two photographs: as they are, in segments, and with the borders."""
    from importlib.util import find_spec

    from matplotlib.figure import Figure

    from ganglion.applications.drawing import overlay

    found = find_spec("sklearn")
    assert found is not None and found.origin is not None
    folder = Path(found.origin).parent / "datasets" / "images"
    figure = Figure(figsize=(10.4, 4.8), layout="constrained")
    for row, (name, k) in enumerate((("china.jpg", 6), ("flower.jpg", None))):
        answer = gl.segment_image(folder / name, k, random_state=0)
        shown = (answer.pixels, answer.palette[answer.labels], overlay(answer))
        for column, picture in enumerate(shown):
            axes = figure.add_subplot(2, 3, 3 * row + column + 1)
            axes.imshow(picture, interpolation="antialiased")
            axes.set_axis_off()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80, metadata={"Software": None})
    return buffer.getvalue()


# By matplotlib, whose next version may draw a line by a pixel elsewhere; PICTURES are the library's own.
PLOTS: dict[str, Callable[[], bytes]] = {
    "posterior.png": posterior,
    "rings.png": rings,
    "segments.png": segments,
    "trees.png": trees,
}


def main() -> None:
    """Write every picture."""
    FOLDER.mkdir(exist_ok=True)
    for name, plot in PLOTS.items():
        (FOLDER / name).write_bytes(plot())
        print(FOLDER / name)
    for name, draw in PICTURES.items():
        (FOLDER / name).write_text(draw(), encoding="utf-8")
        print(FOLDER / name)


if __name__ == "__main__":
    main()
