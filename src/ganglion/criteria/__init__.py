"""What judges a partition: how compact the clusters are, and how far apart."""

from .scatter import Scatter, scatter

__all__ = ["Scatter", "scatter"]
