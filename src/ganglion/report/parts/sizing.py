"""What every part becomes on its way to the page: words for a template, and data for the script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .. import _wording


@dataclass(frozen=True)
class Limits:
    """How much a page shows.

    Attributes
    ----------
    n_points : int
        Marks on a map.
    cell : int
        Units of the page in a cell of density.
    characters : int
        Characters of a text.
    listed : int
        Entries of a list.
    """

    n_points: int
    cell: int
    characters: int
    listed: int

    def shown(self, text: str) -> str:
        """Return a text that can be shown: no characters that HTML cannot carry, no more of them than allowed.

        Parameters
        ----------
        text : str
            Any text.

        Returns
        -------
        str
            The text, its middle cut where it is too long.
        """
        return _wording.visible(text, self.characters)

    def name(self, text: str) -> str:
        """Return a name, which has less room than a text.

        Parameters
        ----------
        text : str
            Any text.

        Returns
        -------
        str
            At most 120 characters.
        """
        return _wording.visible(text, min(self.characters, 120))


@dataclass(frozen=True)
class Drawn:
    """One section of a page, ready for its template.

    Attributes
    ----------
    kind : str
        Which template draws it.
    title : str
        What it is called.
    words : mapping
        What the template asks for.
    data : mapping or None
        What the script needs of it.
    id : str
        Its name in the page.
    template : str
        The template's file.
    """

    kind: str
    title: str
    words: Mapping[str, object]
    data: Mapping[str, object] | None = None
    id: str = ""
    template: str = ""
