"""A page in a real browser, and everything it did that a self-contained page must not do."""

from __future__ import annotations

from datetime import datetime

# Milliseconds until a page that does not answer is given up: a busy machine keeps any process waiting.
PATIENCE = 180_000

BROKEN_IN = """() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'broken in'";
    document.body.append(script);
    const image = "<img src=http://127.0.0.1:9/x onerror='document.title=1'>";
    document.body.insertAdjacentHTML("beforeend", image);
}"""


class OpenedPage:
    """A page with its faults: dialogs, console messages, errors, requests for anything but itself."""

    def __init__(self, context, path):
        self.faults = []
        self.url = path.as_uri()
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("dialog", self._note_dialog)
        self.page.on("console", lambda message: self.faults.append(message.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._note_request)
        self.page.goto(self.url)

    def break_in(self):
        """Put a script and a handler into the page as if they had got in, and wait until its policy has spoken."""
        with self.page.expect_console_message(lambda said: "Content Security Policy" in said.text):
            self.page.evaluate(BROKEN_IN)
        self.page.wait_for_timeout(100)

    def stop_clock(self):
        """From here on the page's time passes by `page.clock.run_for` only: playing is as quick on any machine."""
        self.page.clock.install(time=datetime(2001, 1, 1))
        # Until it stands, the clock runs: an hour is more than any machine needs from one line to the next.
        self.page.clock.pause_at(datetime(2001, 1, 1, 1))

    def _note_dialog(self, dialog):
        self.faults.append(dialog.message)
        dialog.dismiss()

    def _note_request(self, request):
        if request.url not in (self.url, "data:,"):
            self.faults.append(request.url)
