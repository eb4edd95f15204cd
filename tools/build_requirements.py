"""Print what pyproject.toml needs to build, one requirement a line, with the cmake and ninja that a system may lack."""

from __future__ import annotations

import tomllib
from pathlib import Path


def build_requirements(pyproject: Path) -> list[str]:
    """Return `[build-system] requires` and the two build programs, which PyPI has as wheels."""
    with pyproject.open("rb") as file:
        requires: list[str] = tomllib.load(file)["build-system"]["requires"]
    names = " ".join(requires)
    return requires + [program for program in ("cmake", "ninja") if program not in names]


if __name__ == "__main__":
    print("\n".join(build_requirements(Path(__file__).resolve().parent.parent / "pyproject.toml")))
