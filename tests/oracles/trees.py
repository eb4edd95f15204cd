"""What is said of trees of merges, written as plainly as it is defined."""

from __future__ import annotations

from itertools import combinations, pairwise, product

import numpy as np


def members(merges):
    """The leaves below each node: n leaves, then a set for each merge."""
    n = len(merges) + 1
    below = [{i} for i in range(n)]
    for left, right in merges[:, :2].astype(int):
        below.append(below[left] | below[right])
    return below


def by_first_appearance(labels):
    """Labels numbered 0, 1, ... in the order in which they appear."""
    seen = {}
    return np.array([seen.setdefault(label, len(seen)) for label in labels], dtype=np.int32)


def labels_of_nodes(nodes, below, n):
    """Each leaf's node among some nodes, numbered by first appearance."""
    return by_first_appearance([next(v for v in nodes if leaf in below[v]) for leaf in range(n)])


def cut_by_values(merges, values, threshold):
    """Clusters are the largest nodes in which no merge has a value above the threshold."""
    n, below = len(merges) + 1, members(merges)
    good = [
        v
        for v in range(2 * n - 1)
        if all(values[i] <= threshold for i in range(n - 1) if below[n + i] <= below[v])
    ]
    largest = [v for v in good if not any(below[v] < below[u] for u in good)]
    return labels_of_nodes(largest, below, n)


def cophenetic(merges):
    """For each pair of leaves the height of the smallest node that holds both, condensed."""
    n, below = len(merges) + 1, members(merges)
    out = []
    for i, j in combinations(range(n), 2):
        both = [v for v in range(n, 2 * n - 1) if {i, j} <= below[v]]
        out.append(merges[min(both, key=lambda v: len(below[v])) - n, 2])
    return np.array(out)


def inconsistency(merges, depth):
    """Mean, deviation and number of the heights of a merge and those shortly below it, and the coefficient."""
    n = len(merges) + 1
    rows = []
    for i in range(n - 1):
        level, heights = [n + i], []
        for _ in range(depth):
            level = [v for v in level if v >= n]
            heights += [merges[v - n, 2] for v in level]
            level = [int(child) for v in level for child in merges[v - n, :2]]
        deviation = np.std(heights, ddof=1) if len(set(heights)) > 1 else 0.0
        mean = np.mean(heights)
        rows.append(
            (mean, deviation, len(heights), (merges[i, 2] - mean) / deviation if deviation else 0.0)
        )
    return np.array(rows).reshape(-1, 4)


def all_orders(merges):
    """Every order of the leaves that turning merges can give: 2^(n - 1) of them."""
    n = len(merges) + 1
    for turns in product((False, True), repeat=n - 1):
        orders = [[i] for i in range(n)]
        for (left, right), turn in zip(merges[:, :2].astype(int), turns, strict=True):
            first, second = (right, left) if turn else (left, right)
            orders.append(orders[first] + orders[second])
        yield orders[-1]


def length(order, distances):
    """Sum of the distances (n, n) between neighbours."""
    return float(sum(distances[a, b] for a, b in pairwise(order)))


def kruskal(distances):
    """Edges and weights of the smallest spanning tree of a matrix, pairs in order of (distance, lower, higher)."""
    n = len(distances)
    pairs = sorted((distances[i, j], i, j) for i, j in combinations(range(n), 2))
    group = list(range(n))
    edges, weights = [], []
    for weight, i, j in pairs:
        if group[i] != group[j]:
            old, new = group[j], group[i]
            group = [new if g == old else g for g in group]
            edges.append((i, j))
            weights.append(weight)
    return np.array(edges, dtype=np.int64).reshape(-1, 2), np.array(weights, dtype=np.float64)


def newick_paths(text):
    """Read a Newick text: for each leaf's name its distance to the root, and the names in order."""
    names, lengths, ends, i = [], {}, [], 0
    open_names = [[]]
    while text[i] != ";":
        if text[i] == "(":
            open_names.append([])
            i += 1
        elif text[i] == ",":
            i += 1
        elif text[i] == ")":
            ends = open_names.pop()
            open_names[-1] += ends
            i += 1
        elif text[i] == ":":
            j = next(k for k in range(i + 1, len(text)) if text[k] in ",();")
            for name in ends:
                lengths[name] += float(text[i + 1 : j])
            i = j
        else:
            name, i = read_label(text, i)
            names.append(name)
            lengths[name] = 0.0
            ends = [name]
            open_names[-1].append(name)
    return names, lengths


def read_label(text, i):
    """The label that begins at i, and where it ends."""
    if text[i] != "'":
        j = next(k for k in range(i, len(text)) if text[k] in ":,();")
        return text[i:j], j
    label, j = "", i + 1
    while True:
        if text[j] == "'" and text[j + 1] != "'":
            return label, j + 1
        label += text[j]
        j += 2 if text[j] == "'" else 1
