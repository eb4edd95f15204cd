"""The habits of the repository, held by tests: what an import costs, who may import whom, sizes, the two commands."""

from __future__ import annotations

import ast
import functools
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "ganglion"
MODULES = sorted(PACKAGE.rglob("*.py"))
# Only the parts named here may import the library: everyone else stays light, and the library can be replaced there.
HOMES = {
    "sklearn": "estimators applications",  # vectorizers of texts
    "matplotlib": "plots",
    "duckdb": "data",
    "PIL": "data",
    "jinja2": "report",
    "safetensors": "storage",
    "click": "cli",
    "rich": "cli",
    "onnx": "nn",
    "arviz": "cluster",
}
HEAVY = {*HOMES, "scipy", "pandas", "polars", "pyarrow", "narwhals"}


def part(path: Path) -> str:
    """Return the part of the package that a file belongs to: `cluster`, `storage`, `__init__` ..."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def nodes(path: Path) -> list[ast.AST]:
    """Return every node of a file: parsed once for all that look at it."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Yield what a file imports from outside the package, anywhere in it, with the line."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module, node.lineno


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in the repository's folder."""
    return subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True)


def make_targets() -> set[str]:
    """Return the words that the Makefile knows."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, flags=re.M))


def test_importing_ganglion_imports_the_kernels_and_no_heavy_library() -> None:
    done = run(sys.executable, "-c", "import ganglion, sys; print(*sys.modules)")
    assert done.returncode == 0, done.stderr
    roots = {name.partition(".")[0] for name in done.stdout.split()}
    assert "ganglion._native._core" in done.stdout.split()
    assert roots & HEAVY == set()


def test_every_public_name_is_there_when_it_is_asked_for() -> None:
    import ganglion

    for name in ganglion.__all__:
        assert getattr(ganglion, name) is not None, name
    assert set(ganglion.__all__) <= set(dir(ganglion))


def test_imports_go_down_only() -> None:
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert program is not None, "import-linter is part of the test extra"
    done = run(program, "--no-cache", "--no-logo")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("library", sorted(HOMES))
def test_a_library_is_imported_in_its_own_part_only(library: str) -> None:
    strays = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in MODULES
        for name, line in imported(path)
        if name.partition(".")[0] == library and part(path) not in HOMES[library].split()
    ]
    assert strays == []


def test_no_module_imports_the_package_by_its_name() -> None:
    # `import ganglion` inside the package would go round the layers: the front page reaches every one of them.
    strays = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in MODULES
        for name, line in imported(path)
        if name == "ganglion" and part(path) != "cli"
    ]
    assert strays == []


def test_only_the_command_line_prints() -> None:
    strays = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        if part(path) != "cli"
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert strays == []


def test_no_file_and_no_function_is_over_its_limit() -> None:
    done = run(sys.executable, "tools/check_sizes.py")
    assert done.returncode == 0, done.stdout


def test_public_docstrings_say_what_a_name_takes_gives_and_refuses() -> None:
    done = run(sys.executable, "tools/check_docstrings.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_size_check_sees_what_it_is_for(tmp_path: Path) -> None:
    body = "\n".join(f"    x{i} = a" for i in range(61))
    deep = "for a in b:\n" + "".join(f"{' ' * 4 * i}if a:\n" for i in range(1, 6))
    nested = "\n".join("    " + line for line in (deep + " " * 24 + "a").splitlines())
    source = f"def long(a, b, c, d, e, f, g):\n{body}\n\n\ndef deep(b):\n{nested}\n"
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "grown.py").write_text(source, encoding="utf-8")
    (tmp_path / "src" / "wide.cpp").write_text("\n" * 601, encoding="utf-8")
    done = run(sys.executable, "tools/check_sizes.py", tmp_path)
    assert done.returncode == 1
    for words in ("long has lines: 62", "long has parameters: 7", "deep has levels: 6"):
        assert f"src/grown.py:{1 if 'long' in words else 65}: error: {words}" in done.stdout
    assert "src/wide.cpp: error: the file has lines: 601" in done.stdout


def test_the_readme_promises_only_commands_that_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = set(re.findall(r"(?:^\$ |`)make ([a-z-]+)", readme, flags=re.M))
    assert commands >= {"demo", "test"}
    assert commands <= make_targets()


def test_relative_links_between_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} -> {target}"


def test_the_changelog_begins_with_the_version_of_the_package() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", changelog, flags=re.M)
    assert versions[:1] == [metadata.version("ganglion")]


def test_the_version_of_the_package_is_the_one_in_pyproject() -> None:
    import ganglion

    assert ganglion.__version__ == metadata.version("ganglion")
