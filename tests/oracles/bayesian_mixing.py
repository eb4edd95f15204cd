"""R-hat and effective sample sizes, step by step as in Vehtari et al. 2021 and Stan's reference manual."""

import math
from statistics import NormalDist


def mean(values):
    return sum(values) / len(values)


def variance(values):
    center = mean(values)
    return sum((v - center) ** 2 for v in values) / (len(values) - 1)


def split(chains):
    """Halves of each chain; the middle draw of an odd number is left out."""
    return [half for c in chains for half in (c[: len(c) // 2], c[len(c) - len(c) // 2 :])]


def normal_scores(chains):
    """Normal quantiles of average ranks among all values: (r - 3/8) / (S + 1/4)."""
    flat = [v for chain in chains for v in chain]

    def rank(value):
        below = sum(v < value for v in flat)
        return below + (sum(v == value for v in flat) + 1) / 2

    return [
        [NormalDist().inv_cdf((rank(v) - 3 / 8) / (len(flat) + 1 / 4)) for v in c] for c in chains
    ]


def plain_r_hat(chains):
    n = len(chains[0])
    within = mean([variance(c) for c in chains])
    between = n * variance([mean(c) for c in chains])
    return math.sqrt(((n - 1) / n * within + between / n) / within)


def r_hat(chains):
    halves = split(chains)
    flat = sorted(v for chain in halves for v in chain)
    middle = (flat[(len(flat) - 1) // 2] + flat[len(flat) // 2]) / 2
    folded = [[abs(v - middle) for v in chain] for chain in halves]
    return max(plain_r_hat(normal_scores(halves)), plain_r_hat(normal_scores(folded)))


def bulk_ess(chains):
    """Geyer's initial positive, then monotone, sequence of pairs of autocorrelations, as Stan computes them."""
    chains = normal_scores(split(chains))
    m, n = len(chains), len(chains[0])
    means = [mean(c) for c in chains]

    def covariance(lag):
        return mean(
            [
                sum((c[t] - u) * (c[t + lag] - u) for t in range(n - lag)) / n
                for c, u in zip(chains, means, strict=True)
            ]
        )

    within = covariance(0) * n / (n - 1)
    pooled = within * (n - 1) / n + variance(means)
    rho = [1.0] + [1 - (within - covariance(t)) / pooled for t in range(1, n)]
    kept, t = [rho[0] + rho[1]], 2
    even = rho[0]
    while t < n - 2 and kept[-1] > 0:
        even = rho[t]
        kept.append(rho[t] + rho[t + 1])
        t += 2
    last = kept.pop()
    for p in range(1, len(kept)):
        kept[p] = min(kept[p], kept[p - 1])
    tail = even if even > 0 or last >= 0 else 0.0
    tau = -1 + 2 * sum(kept) + tail
    return m * n / max(tau, 1 / math.log10(m * n))
