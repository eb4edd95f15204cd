"""The page of customers in a real browser: hostile names, few and many customers, the phone; and its size."""

from __future__ import annotations

import numpy as np
import pytest

from browsing import OpenedPage
from ganglion import segment_customers
from ganglion.report.customers import customers_page

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    "\u202e\u2028 {{7*7}} ${7*7}",
    "W" * 3000,
    "=1+1",
    "שלום",
]


def purchases(names, n, products=("bread",)):
    """Purchases of customers with these names, of many kinds."""
    rng = np.random.default_rng(len(names))
    who = rng.integers(0, len(names), n)
    days = np.datetime64("2023-01-01") + rng.integers(0, 500, n)
    return {
        "customer": [names[at] for at in who],
        "date": [str(day) for day in days],
        "amount": np.round(np.exp(rng.normal(3, 1, n)), 2),
        "product": [products[at % len(products)] for at in range(n)],
    }


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page in a context of its own."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})

    def open_page(text):
        path = tmp_path / "customers.html"
        path.write_text(text)
        return OpenedPage(context, path)

    yield open_page
    context.close()


@pytest.mark.browser
def test_hostile_names_are_shown_as_names(opened):
    found = segment_customers(purchases(HOSTILE, 300, HOSTILE), n_clusters=2)
    page = opened(customers_page(found, command="x < y"))
    assert page.faults == []
    assert page.page.locator("h1").inner_text() == "6 customers in 2 segments"
    assert "<script>alert(1)</script>" in page.page.locator("body").inner_text()


@pytest.mark.browser
def test_a_customer_is_found_on_the_map_and_the_phone_is_wide_enough(opened):
    names = [f"customer {at}" for at in range(800)]
    page = opened(customers_page(segment_customers(purchases(names, 4000), n_clusters=4)))
    page.page.get_by_label("Find a customer").fill("customer 17:")
    page.page.set_viewport_size({"width": 390, "height": 844})
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.faults == []


@pytest.mark.parametrize("n", [1, 2, 12_000])
def test_pages_of_one_and_of_many_customers_are_whole_and_small(n):
    found = segment_customers(purchases([f"c{at}" for at in range(n)], 3 * n), n_clusters=min(n, 3))
    text = customers_page(found)
    assert text.startswith("<!doctype html>")
    assert len(text.encode()) < 1_500_000
    assert text == customers_page(found)


def test_a_page_of_a_model_whose_segments_are_partly_empty():
    names = [f"c{at}" for at in range(200)]
    model = segment_customers(purchases(names, 1500), n_clusters=5).model
    found = segment_customers(purchases(names[:3], 3), model=model)
    assert "Nobody of this file is in it" in customers_page(found)
