"""ganglion: finds structure in data, and shows its work."""

from __future__ import annotations

__version__ = "0.1.0"
