"""Model files: what a model learnt, in a file that names no code.

`save` and `load` are for models, `inspect` says what a file holds without building it, `State` is
what a class hands over to take part, `write_state` and `read_state` are the two halves in between,
and `replace_file` is how every file of this library is written: whole, or not at all.
The format is described in docs/model-files.md.
"""

from .._replacing import replace_file
from .models import ArraySummary, Contents, inspect, load, read_state, save, write_state
from .state import State, Storable

__all__ = [
    "ArraySummary",
    "Contents",
    "State",
    "Storable",
    "inspect",
    "load",
    "read_state",
    "replace_file",
    "save",
    "write_state",
]
