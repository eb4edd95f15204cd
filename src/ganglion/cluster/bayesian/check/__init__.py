"""Is a sampler of partitions exact? Posteriors by enumeration, and tests that a sampler must pass.

Everything here compares with numbers that were found without any sampler: with all partitions of a few points, one by
one, or with draws made forward from the model. A test returns a record that says whether it passed, and in a sentence
what was compared.
"""

from __future__ import annotations

from .enumerating import ExactPosterior, enumerate_partitions, eppf_total, exact_posterior

__all__ = [
    "ExactPosterior",
    "enumerate_partitions",
    "eppf_total",
    "exact_posterior",
]
