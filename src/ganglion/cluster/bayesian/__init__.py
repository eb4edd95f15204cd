"""The posterior over all partitions: priors, components, samplers, and what one partition can say for all of them."""

from __future__ import annotations

from .posterior import ChainHistory, PosteriorSample

__all__ = [
    "ChainHistory",
    "PosteriorSample",
]
