"""DIANA written from its description (Kaufman and Rousseeuw 1990, chapter 6), in whole numbers.

Distances must be integers: means are compared as fractions, so ties are ties.
"""

from fractions import Fraction


def diameter(D, cluster):
    return max((int(D[i][j]) for i in cluster for j in cluster), default=0)


def mean_distance(D, i, others):
    return Fraction(sum(int(D[i][j]) for j in others), len(others))


def split(D, cluster):
    """The two parts of a cluster: what is left, and the splinter group."""
    left, splinter = sorted(cluster), []
    while len(left) > 1:
        gains = []
        for i in left:
            gain = mean_distance(D, i, [j for j in left if j != i])
            if splinter:
                gain -= mean_distance(D, i, splinter)
            gains.append(gain)
        if splinter and max(gains) <= 0:
            break
        splinter.append(left.pop(gains.index(max(gains))))
    return left, splinter


def divide(D):
    """The splits in their order: (diameter of the cluster, its parts as sets)."""
    clusters, splits = [list(range(len(D)))], []
    while any(len(cluster) > 1 for cluster in clusters):
        many = [cluster for cluster in clusters if len(cluster) > 1]
        largest = max(many, key=lambda cluster: (diameter(D, cluster), -min(cluster)))
        parts = split(D, largest)
        clusters.remove(largest)
        clusters += [list(part) for part in parts]
        splits.append((diameter(D, largest), {frozenset(part) for part in parts}))
    return splits


def divisive_coefficient(D):
    """Mean of 1 - (diameter of the last cluster before an item is alone) / (diameter of all)."""
    n, splits = len(D), divide(D)
    last = {}
    for height, parts in splits:
        for part in parts:
            if len(part) == 1:
                last[min(part)] = height
    return sum(1 - last[i] / splits[0][0] for i in range(n)) / n
