"""The runner of the pages' examples sees a wrong answer, and can put the right one in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

RUNNER = Path(__file__).resolve().parents[2] / "tools" / "run_examples.py"
PAGE = """# Page

```python
number = 20
```

```pycon
>>> number + 1
ANSWER

```

```console
$ echo first; echo second >&2
LINE
$ printf 'took %s s\\n' 3.2
took ... s
```
"""


def run(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(RUNNER), *options, str(page)], capture_output=True, text=True
    )


def written(folder: Path, answer: str, line: str) -> Path:
    page = folder / "page.md"
    page.write_text(PAGE.replace("ANSWER", answer).replace("LINE", line), encoding="utf-8")
    return page


def test_blocks_share_names_and_three_dots_stand_for_anything(tmp_path: Path) -> None:
    done = run(written(tmp_path, "21", "first"))
    assert (done.returncode, done.stdout) == (0, "")


def test_a_wrong_answer_in_a_session_is_reported_with_its_place(tmp_path: Path) -> None:
    done = run(written(tmp_path, "22", "first"))
    assert done.returncode == 1
    assert "page.md:8:" in done.stdout
    assert "Got:\n    21" in done.stdout


def test_a_wrong_line_of_a_command_is_reported_and_can_be_refreshed(tmp_path: Path) -> None:
    page = written(tmp_path, "21", "last")
    done = run(page)
    assert done.returncode == 1
    assert "the page shows\nlast" in done.stdout
    run(page, "--write")
    assert "second >&2\nfirst\n$ printf 'took %s s\\n' 3.2\ntook 3.2 s\n" in page.read_text()
    assert run(page).returncode == 0


def test_a_command_that_fails_is_reported_with_its_status_and_what_it_said(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo sorry >&2; exit 3\n```\n", encoding="utf-8")
    done = run(page)
    assert done.returncode == 1
    assert "exit status 3\nsorry" in done.stdout


def test_a_statement_that_raises_is_reported(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("text\n\n```python\n\n1 / 0\n```\n", encoding="utf-8")
    done = run(page)
    assert done.returncode == 1
    assert "page.md:4: ZeroDivisionError" in done.stdout
