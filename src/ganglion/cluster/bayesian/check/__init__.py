"""Is a sampler of partitions exact? Posteriors by enumeration, and tests that a sampler must pass.

Everything here compares with numbers that were found without any sampler: with all partitions of a few points, one by
one, or with draws made forward from the model. A test returns a record that says whether it passed, and in a sentence
what was compared.
"""

from __future__ import annotations

from .calibration import Calibration, simulation_based_calibration
from .enumerating import ExactPosterior, enumerate_partitions, eppf_total, exact_posterior
from .joint import JointTest, geweke
from .total_variation import TotalVariation, prior_run, total_variation, total_variation_test

__all__ = [
    "Calibration",
    "ExactPosterior",
    "JointTest",
    "TotalVariation",
    "enumerate_partitions",
    "eppf_total",
    "exact_posterior",
    "geweke",
    "prior_run",
    "simulation_based_calibration",
    "total_variation",
    "total_variation_test",
]
