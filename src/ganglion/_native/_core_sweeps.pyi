"""Types of native/sweep_bindings.cpp: whole sweeps over many rows (slices, sub-clusters, variational)."""
