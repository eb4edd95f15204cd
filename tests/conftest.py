"""A real browser for every test that opens a page: one for the whole session, because two cannot be driven at once;
which tests run alone; and which examples hypothesis tries."""

from __future__ import annotations

import os
import re
import shutil

import pytest
from hypothesis import HealthCheck, settings

# Peers' threads spin while they wait, and two processes share the cores: waiting asleep halves what parity costs. Read
# when NumPy and the peers are loaded, which is after this; our own pool takes no notice.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# The same examples in every run, however long a busy machine takes for one: a change is judged by what it changed.
# `--hypothesis-profile=new`, which `make test-all` says, looks for examples that nobody has met.
settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("new", settings.get_profile("same"), derandomize=False, print_blob=True)
settings.load_profile("same")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


# A test that asks for the time or sends a signal measures how soon something ends.
CLOCKS = {
    "monotonic",
    "perf_counter",
    "interrupt_soon",
    "ends_soon_and_whole",
    "send_signal",
    "terminate",
    "kill",
}


ALONE = re.compile(rf"\b({'|'.join(sorted(CLOCKS))})\b|ctrl_c|mark\.alone")


def pytest_ignore_collect(collection_path, config):
    """Where only the tests that run alone are asked for, pass by the files that cannot hold one."""
    if config.option.markexpr != "alone and not heavy" or collection_path.suffix != ".py":
        return None
    text = collection_path.read_text(encoding="utf-8")
    return True if ALONE.search(text) is None else None


def pytest_collection_modifyitems(items):
    """Mark the tests beside which nothing else may run: what they measure would be the other's work."""
    for item in items:
        code = getattr(getattr(item, "function", None), "__code__", None)
        if "ctrl_c" in item.name or (code is not None and CLOCKS & set(code.co_names)):
            item.add_marker(pytest.mark.alone)


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
