"""`python -m ganglion` is the command `ganglion`."""

from __future__ import annotations

from .cli import main

if __name__ == "__main__":
    main()
