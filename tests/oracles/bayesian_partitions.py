"""Partitions and what is said of draws of them, written as plainly as the definitions are."""

import math
from collections import Counter
from itertools import product

import numpy as np


def partitions(n):
    """All partitions of n items, as canonical labels (Bell(n), n)."""
    found = [[0]]
    for _ in range(1, n):
        found = [[*labels, c] for labels in found for c in range(max(labels) + 2)]
    return np.array(found)


def canonical(labels):
    """Labels 0, 1, ... by first appearance."""
    number = {}
    return [number.setdefault(label, len(number)) for label in labels]


def entropy(labels, base):
    """Of the distribution of the labels."""
    n = len(labels)
    return -sum(m / n * math.log(m / n, base) for m in Counter(labels).values())


def generalised_vi(truth, estimate, a=1.0, base=2):
    """a H(estimate | truth) + ...: 2 H(joint) - a H(truth) - (2 - a) H(estimate)."""
    joint = list(zip(truth, estimate, strict=True))
    return (
        2 * entropy(joint, base)
        - a * entropy(list(truth), base)
        - (2 - a) * entropy(list(estimate), base)
    )


def generalised_binder(truth, estimate, a=1.0):
    """Over ordered pairs: a where truth alone has them together, 2 - a where the estimate alone does."""
    n, total = len(truth), 0.0
    for i, j in product(range(n), repeat=2):
        together = truth[i] == truth[j], estimate[i] == estimate[j]
        total += {(True, False): a, (False, True): 2 - a}.get(together, 0.0)
    return total / n**2


def expected_loss(draws, labels, loss, a=1.0):
    """The mean over draws."""
    one = generalised_vi if loss == "vi" else generalised_binder
    return sum(one(list(draw), list(labels), a) for draw in draws) / len(draws)


def similarity(draws):
    """The share of draws in which i and j are together."""
    n = len(draws[0])
    return [[sum(d[i] == d[j] for d in draws) / len(draws) for j in range(n)] for i in range(n)]


def certainty(draws, labels):
    """The mean Jaccard index of each item's cluster with its clusters in the draws."""
    n = len(labels)
    total = [0.0] * n
    for draw, i in product(draws, range(n)):
        own = {j for j in range(n) if labels[j] == labels[i]}
        other = {j for j in range(n) if draw[j] == draw[i]}
        total[i] += len(own & other) / len(own | other) / len(draws)
    return total


def ball(draws, center, level, loss):
    """Radius, and the sets of canonical partitions: horizontal, upper, lower."""
    distance = [expected_loss([draw], center, loss) for draw in draws]
    ordered = sorted(distance)
    radius = next(
        r for r in ordered if sum(d <= r + 1e-9 for d in distance) >= level * len(draws) - 1e-9
    )
    inside = [b for b in range(len(draws)) if distance[b] <= radius + 1e-9]
    k = {b: len(set(draws[b])) for b in inside}

    def farthest(among):
        most = max(distance[b] for b in among)
        return {tuple(canonical(draws[b])) for b in among if distance[b] >= most - 1e-9}

    fewest = [b for b in inside if k[b] == min(k.values())]
    many = [b for b in inside if k[b] == max(k.values())]
    return max(distance[b] for b in inside), farthest(inside), farthest(fewest), farthest(many)
