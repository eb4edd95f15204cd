"""A real browser for every test that opens a page: one for the whole session, because two cannot be driven at once."""

from __future__ import annotations

import os
import shutil

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="session")
def browser():
    """A real Chromium; without one the tests that need it are skipped, or fail where one is required."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        reason = f"no browser: looked for {', '.join(BROWSERS)} on PATH"
        if os.environ.get("GANGLION_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{reason}, and GANGLION_REQUIRE_BROWSER=1 demands one")
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright  # the tests of a wheel run without it

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()
