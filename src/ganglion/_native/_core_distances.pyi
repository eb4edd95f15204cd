"""Types of native/distances: see _core.pyi."""
