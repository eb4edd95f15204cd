"""Small real data that come with the library; where they are from stands in the README beside them."""

from __future__ import annotations

from pathlib import Path

from ..._errors import ParameterError

EXAMPLES = {"galaxies": "galaxies.csv", "penguins": "penguins.csv"}


def example_path(name: str) -> Path:
    """Return the path of a bundled example file.

    Parameters
    ----------
    name : {"galaxies", "penguins"}
        Name of the example, with or without its extension.

    Returns
    -------
    pathlib.Path
        The file, inside the installed package.

    Raises
    ------
    ParameterError
        There is no example of that name.

    Examples
    --------
    >>> from ganglion.data import example_path
    >>> example_path("penguins").name
    'penguins.csv'
    """
    file_name = EXAMPLES.get(name.removesuffix(".csv"))
    if file_name is None:
        raise ParameterError(
            f"name must be one of the bundled examples; got {name!r}. "
            f"Use one of: {', '.join(sorted(EXAMPLES))}."
        )
    return Path(__file__).with_name(file_name)
