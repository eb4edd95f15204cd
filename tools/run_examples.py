"""Execute the examples of README.md and docs/, and compare what they print with what the page shows.

    python tools/run_examples.py [--write] [PAGE ...]

Fenced blocks are run from top to bottom in a fresh folder where src/ and examples/ are as in a clone; those of one page
share their names and files. `python` must not raise; `pycon` is a session whose answers are compared; `console` holds
commands behind `$ `, whose standard output is compared. `...` in a page stands for any text. With --write a page's
console output is replaced by what was printed. Commands that set up a clone (git, cd, make, pip) are shown, not run.
"""

from __future__ import annotations

import argparse
import contextlib
import doctest
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```(?P<kind>python|pycon|console)\n(?P<text>.*?)^```$", re.M | re.S)
SET_UP = ("git ", "cd ", "make ", "pip ", "python3 -m venv")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Block:
    """One fenced block: what it is, its text, and the line of the page on which the text starts."""

    kind: str
    text: str
    line: int


@dataclass
class Page:
    """One page being run: the names its blocks share, the folder they run in, what went wrong."""

    path: Path
    folder: Path
    names: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def fail(self, block: Block, message: str) -> None:
        """Note that a block did not do what the page says."""
        self.failures.append(f"{self.path.name}:{block.line}: {message}")


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a page that can be run."""
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start("text")) + 1
        yield Block(match["kind"], match["text"], line)


def run_python(page: Page, block: Block) -> None:
    """Run plain statements; whatever they print is their own affair."""
    code = compile("\n" * (block.line - 1) + block.text, str(page.path), "exec")
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(code, page.names)
    except Exception as error:
        page.fail(block, f"{type(error).__name__}: {error}")


def run_session(page: Page, block: Block) -> None:
    """Run a Python session and compare its answers."""
    parsed = doctest.DocTestParser().get_doctest(
        block.text, page.names, page.path.name, str(page.path), block.line - 1
    )
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    runner.run(parsed, out=said.append, clear_globs=False)
    page.names.update(parsed.globs)
    if runner.failures:
        page.fail(block, "".join(said))


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block with the output that the page shows for it."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        match = re.match(r"((?:.*\\\n)*.*)\n?", part)
        assert match is not None
        yield match[1], part[match.end() :]


def environment() -> dict[str, str]:
    """Return the environment of a command: this Python's programs first, a plain 100-column terminal."""
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }


def run_console(page: Page, block: Block) -> str:
    """Run the commands of a block; return the block as it would read with what they printed."""
    text = ""
    for command, shown in commands(block.text):
        text += f"$ {command}\n"
        if command.startswith(SET_UP):
            text += shown
            continue
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=page.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        text += done.stdout
        if done.returncode:
            page.fail(block, f"$ {command}\nexit status {done.returncode}\n{done.stderr}")
        elif not doctest.OutputChecker().check_output(shown, done.stdout, FLAGS):
            page.fail(block, f"$ {command}\nthe page shows\n{shown}\nit printed\n{done.stdout}")
    return text


def run_page(path: Path) -> tuple[list[str], str]:
    """Run the blocks of a page; return what failed, and the page with fresh console output."""
    text = path.read_text(encoding="utf-8")
    start = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("src", "examples"):
            (Path(folder) / name).symlink_to(ROOT / name)
        page = Page(path, Path(folder))
        os.chdir(folder)
        try:
            for block in blocks(text):
                if block.kind == "console":
                    text = text.replace(block.text, run_console(page, block), 1)
                else:
                    {"python": run_python, "pycon": run_session}[block.kind](page, block)
        finally:
            os.chdir(start)
    return page.failures, text


def pages() -> list[Path]:
    """Return the pages of this repository that hold examples."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]


def main(arguments: list[str]) -> int:
    """Run the pages named, or all, and return the exit status."""
    parser = argparse.ArgumentParser(description="Execute the examples of README.md and docs/.")
    parser.add_argument("--write", action="store_true", help="put fresh output into the pages")
    parser.add_argument("pages", nargs="*", type=Path, metavar="PAGE")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("MPLBACKEND", "Agg")
    status = 0
    for path in [page.resolve() for page in chosen.pages] or pages():
        failures, text = run_page(path)
        if chosen.write and text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")
            print(f"{path}: output refreshed")
        for failure in failures:
            print(failure)
        status = 1 if failures and not chosen.write else status
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
