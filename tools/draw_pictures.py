"""Draw the pictures of docs/, all of them made by the library itself.

    python tools/draw_pictures.py

A test demands that docs/pictures holds what this draws.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import ganglion as gl

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


def main() -> None:
    """Write every picture."""
    FOLDER.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / name).write_text(draw(), encoding="utf-8")
        print(FOLDER / name)


if __name__ == "__main__":
    main()
