"""Types of native/sequences: see _core.pyi."""
