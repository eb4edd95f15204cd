"""Types of native/medoids: see _core.pyi."""
