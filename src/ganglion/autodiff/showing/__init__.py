"""Showing a computation: its values, its gradients as upstream x local, its paths; as text, TeX, drawing and page."""
