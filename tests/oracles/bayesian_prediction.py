"""Where a new row belongs, from joint probabilities alone: every partition of all n + 1 points that extends a draw."""

from __future__ import annotations

import math

import numpy as np


def log_joint_dp_normal(x, labels, concentration, numbers):
    """log p(partition) p(x | partition): a Dirichlet process, one column, a normal-gamma prior (m, k, a, b)."""
    n, clusters = len(x), sorted(set(labels))
    total = math.lgamma(concentration) - math.lgamma(concentration + n)
    for c in clusters:
        members = [v for v, label in zip(x, labels, strict=True) if label == c]
        total += math.log(concentration) + math.lgamma(len(members))
        total += log_normal_gamma(members, *numbers)
    return total


def log_normal_gamma(x, m, k, a, b):
    """log of the integral of prod N(x | mu, 1/tau) over mu ~ N(m, 1/(k tau)), tau ~ Gamma(a, b)."""
    n, mean = len(x), sum(x) / len(x)
    spread = sum((v - mean) ** 2 for v in x)
    kn, an = k + n, a + n / 2
    bn = b + spread / 2 + k * n * (mean - m) ** 2 / (2 * kn)
    return (
        -n / 2 * math.log(2 * math.pi)
        + 0.5 * math.log(k / kn)
        + math.lgamma(an)
        - math.lgamma(a)
        + a * math.log(b)
        - an * math.log(bn)
    )


def membership(log_joint, draws, reference, rows, new):
    """Probabilities (m, k + 1) and log densities (m,) of new values, averaged over draws (B, n).

    `log_joint(x, labels)` is that of any number of points.
    """
    k = max(reference) + 1
    probabilities, densities = np.zeros((len(new), k + 1)), np.zeros(len(new))
    for row, value in enumerate(new):
        for labels in draws:
            blocks = sorted(set(labels))
            ways = [*blocks, max(blocks) + 1]
            joint = [log_joint([*rows, value], [*labels, way]) for way in ways]
            before = log_joint(list(rows), list(labels))
            weights = np.exp(np.array(joint) - before)  # p(x, joins a way | rows, draw)
            densities[row] += weights.sum() / len(draws)
            for way, share in zip(ways, weights / weights.sum(), strict=True):
                members = [r for r, label in zip(reference, labels, strict=True) if label == way]
                if not members:
                    probabilities[row, k] += share / len(draws)
                for r in members:
                    probabilities[row, r] += share / len(members) / len(draws)
    return probabilities, np.log(densities)
