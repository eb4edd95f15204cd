"""Types of native/spanning: see _core.pyi."""
