"""A stored segmentation: the golden file of its first format stays readable."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import ganglion as gl
from ganglion.applications._customer_features import Habits
from ganglion.applications._customer_returns import return_curves
from ganglion.applications.customer_model import CustomerModel

GOLDEN = Path(__file__).parent.parent / "golden" / "customer-model-v1.safetensors"


def golden_model():
    """The model in golden/customer-model-v1.safetensors. Never change it: old files must stay readable."""
    return CustomerModel(
        middle=np.array([3.0, 0.0, 2.5]),
        spread=np.array([1.0, 0.5, np.inf]),
        centers=np.array([[-1.0, 2.0, 0.0], [1.0, 0.0, 0.0]]),
        sizes=np.array([3, 7]),
        names=("active, frequent, medium baskets", "lapsed, one purchase, medium baskets"),
        curves=return_curves(
            np.array([1, 1, 2]), np.array([2, 4, 3]), np.array([1, 1, 1]), np.array([0, 1, 2])
        ),
        columns={"customer": "Kunde", "date": "Datum", "amount": "Betrag"},
        source="shop.csv",
        settings={"as_of": "2024-12-31", "horizon": 90, "how": "given", "n_init": 10, "seed": 0},
    )


def test_the_golden_file_holds_the_model(tmp_path):
    known, found = golden_model(), gl.load(GOLDEN)
    gl.save(known, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == GOLDEN.read_bytes()
    assert (found.names, found.columns, found.source) == (known.names, known.columns, known.source)
    assert found.settings == known.settings
    for name in ("middle", "spread", "centers", "sizes"):
        assert np.array_equal(getattr(found, name), getattr(known, name))
    for name in ("days", "starts", "survival"):
        assert np.array_equal(getattr(found.curves, name), getattr(known.curves, name))


def test_customers_by_hand():
    # log(1 + 0) = 0 -> (0 - 3) / 1 = -3, log 9 / 0.5 = 4.4, no third coordinate: nearest to (-1, 2). log(1 + 400) is 6
    # -> 3, log 1 = 0: nearest to (1, 0).
    days, times, paid = np.array([0, 400]), np.array([9, 1]), np.array([5.0, 500.0])
    habits = Habits(days, times, paid, paid, days, np.full(2, np.nan))
    assert gl.load(GOLDEN).assign(habits).tolist() == [0, 1]
