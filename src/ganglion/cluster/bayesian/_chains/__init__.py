"""Beneath `sample_partitions`: chains, and the loop that drives them.

driving.py       the loop; checkpoints.py: a run as a file; starts.py: where chains begin
samplers.py      which algorithm moves them; collapsed.py, hybrid.py: the two that there are
native_model.py, native_blocks.py, sweep_model.py    rows and component as the kernels read them
"""
