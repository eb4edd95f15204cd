"""The version that reports and results name: the one of the installed package."""

from __future__ import annotations

from importlib.metadata import version

VERSION = version("ganglion")
