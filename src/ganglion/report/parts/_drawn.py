"""What every part becomes on its way to the page: words for a template, and data for the script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .. import _wording


@dataclass(frozen=True)
class Limits:
    """How much a page shows: marks, units of a cell of density, characters of a text, entries of a list."""

    n_points: int
    cell: int
    characters: int
    listed: int

    def shown(self, text: str) -> str:
        """A text that can be shown: no characters that HTML cannot carry, no more of them than allowed."""
        return _wording.visible(text, self.characters)

    def name(self, text: str) -> str:
        """A name, which has less room than a text."""
        return _wording.visible(text, min(self.characters, 120))


@dataclass(frozen=True)
class Drawn:
    """One section of a page.

    `words` are what its template asks for; `data` is what the script needs of it, by the section's id.
    """

    kind: str
    title: str
    words: Mapping[str, object]
    data: Mapping[str, object] | None = None
    id: str = ""
    template: str = ""
