"""Ganglion against its peers on the same data, the same start and the same stopping rule: `python -m benchmarks`."""
