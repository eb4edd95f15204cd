"""The update rules of the optimisers, one file each."""
