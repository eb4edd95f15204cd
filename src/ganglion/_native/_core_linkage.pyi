"""Types of native/linkage: see _core.pyi."""
