"""How `ganglion demo` speaks: headings, sentences below them, and lines that are there to be copied."""

from __future__ import annotations

from rich.padding import Padding
from rich.text import Text

from ._printing import print_stripped
from ._talk import Screen


def say_line(screen: Screen, name: str, what: str = "") -> None:
    """Print a path or a command as one line, however long: it is there to be copied."""
    line = Text(f"   {name}", style="cyan")
    screen.print(line.append(f"  {what}", style="default") if what else line, soft_wrap=True)


def title(screen: Screen, number: str, text: str) -> None:
    """Print the heading of a step."""
    screen.print(Text(f"{number}  ", style="cyan").append(text, style="bold default"))


def tell(screen: Screen, text: str) -> None:
    """Print a sentence below its heading."""
    print_stripped(screen, Padding(Text(text), (0, 0, 0, 3)))
