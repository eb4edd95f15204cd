"""The errors and warnings that ganglion raises: what must hold, what was found, what to do."""


class GanglionError(Exception):
    """Base of every error that ganglion raises on purpose."""


class ParameterError(GanglionError, ValueError):
    """A parameter is outside its range, misspelt, or does not fit another one."""


class DataError(GanglionError, ValueError):
    """The data hold something that the algorithm cannot be faithful to."""


class DivergenceError(GanglionError, ArithmeticError):
    """Training left the finite numbers; names the epoch."""


class ModelFileError(GanglionError, ValueError):
    """A model file is damaged, cut, or not one of ours."""


class MemoryPlanError(GanglionError, MemoryError):
    """The work does not fit into memory; names the bytes needed and what to do instead."""


class GanglionWarning(UserWarning):
    """Something the caller can act on; points at the caller's line."""
