"""Criteria of one partition from their definitions: loops over points, pairs and clusters.

References
----------
Calinski, T. and Harabasz, J. "A dendrite method for cluster analysis", 1974, doi:10.1080/03610927408827101.
Davies, D. L. and Bouldin, D. W. "A cluster separation measure", 1979, doi:10.1109/TPAMI.1979.4766909.
Moulavi, D. et al. "Density-based clustering validation", 2014, doi:10.1137/1.9781611973440.96.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np


def clusters(labels):
    """The positions of each cluster's members, by ascending label."""
    return [[i for i, a in enumerate(labels) if a == name] for name in sorted(set(labels))]


def exact_sums(X, labels, weight=None):
    """TSS, and BSS and WSS of each cluster, in fractions: no rounding, whatever the offset."""
    rows = [[Fraction(float(v)) for v in row] for row in X]
    w = [Fraction(1)] * len(rows) if weight is None else [Fraction(float(v)) for v in weight]

    def mean(members):
        mass = sum(w[i] for i in members)
        return [sum(w[i] * rows[i][f] for i in members) / mass for f in range(len(rows[0]))]

    def square(a, b):
        return sum((p - q) ** 2 for p, q in zip(a, b, strict=True))

    everyone = range(len(rows))
    middle = mean(everyone)
    held = [c for c in clusters(labels) if sum(w[i] for i in c) > 0]
    centers = [mean(c) for c in held]
    tss = sum(w[i] * square(rows[i], middle) for i in everyone)
    bss = [sum(w[i] for i in c) * square(m, middle) for c, m in zip(held, centers, strict=True)]
    wss = [sum(w[i] * square(rows[i], m) for i in c) for c, m in zip(held, centers, strict=True)]
    return tss, bss, wss, centers


def calinski_harabasz(X, labels, weight=None):
    """The variance ratio, from fractions."""
    _, bss, wss, _ = exact_sums(X, labels, weight)
    n = len(X) if weight is None else sum(Fraction(float(v)) for v in weight)
    k = len(bss)
    return float((sum(bss) / (k - 1)) / (sum(wss) / (n - k)))


def centered(X, labels):
    """The points and the cluster centres about the mean, rounded once; and the clusters."""
    _, _, _, centers = exact_sums(X, labels)
    rows = [[Fraction(float(v)) for v in row] for row in X]
    middle = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    about = [[float(v - m) for v, m in zip(row, middle, strict=True)] for row in rows]
    means = [[float(v - m) for v, m in zip(row, middle, strict=True)] for row in centers]
    return about, means, clusters(labels)


def davies_bouldin(X, labels):
    """The mean over clusters of the worst ratio."""
    rows, centers, members = centered(X, labels)
    spread = [
        math.fsum(math.dist(rows[i], c) for i in m) / len(m)
        for m, c in zip(members, centers, strict=True)
    ]
    worst = []
    for i, a in enumerate(centers):
        worst.append(
            max((spread[i] + spread[j]) / math.dist(a, b) for j, b in enumerate(centers) if j != i)
        )
    return math.fsum(worst) / len(worst)


def xie_beni(X, labels):
    """WSS over n times the least squared distance between centres."""
    rows, centers, members = centered(X, labels)
    wss = math.fsum(
        math.dist(rows[i], c) ** 2 for m, c in zip(members, centers, strict=True) for i in m
    )
    least = min(
        math.dist(a, b) ** 2 for i, a in enumerate(centers) for j, b in enumerate(centers) if i < j
    )
    return wss / len(rows) / least


def simplified_silhouettes(X, labels, centers=None):
    """(b - a) / max(a, b) with centres for clusters."""
    rows, means, members = centered(X, labels)
    if centers is not None:
        rows, means = np.asarray(X, float).tolist(), np.asarray(centers, float).tolist()
    found = [0.0] * len(rows)
    for j, own in enumerate(members):
        for i in own:
            a = math.dist(rows[i], means[j])
            b = min(math.dist(rows[i], c) for other, c in enumerate(means) if other != j)
            found[i] = (b - a) / max(a, b) if len(own) > 1 and max(a, b) > 0 else 0.0
    return found


def dunn(D, labels):
    """Over a matrix of distances."""
    n = len(D)
    gaps = [D[i][j] for i in range(n) for j in range(n) if labels[i] != labels[j]]
    widths = [D[i][j] for i in range(n) for j in range(n) if labels[i] == labels[j]]
    return min(gaps) / max(widths) if max(widths) > 0 else (math.inf if min(gaps) > 0 else 0.0)


def dbcv(D, labels, d):
    """Moulavi et al. 2014, definition by definition; -1 is noise. Returns the index and each cluster's validity."""
    kept = [c for c, name in zip(clusters(labels), sorted(set(labels)), strict=True) if name != -1]
    core, inner, sparse = {}, [], []
    for members in kept:
        for o in members:
            away = [D[o][i] for i in members if i != o]
            core[o] = _core(away, d)
        edges = _spanning_tree(members, lambda a, b: max(core[a], core[b], D[a][b]))
        degree = {i: sum(i in e[:2] for e in edges) for i in members}
        inside = [i for i in members if degree[i] > 1]
        among = [e[2] for e in edges if degree[e[0]] > 1 and degree[e[1]] > 1]
        inner.append(inside or members)
        sparse.append(max(among or [e[2] for e in edges] or [0.0]))
    validity = []
    for j, members in enumerate(kept):
        nearest = min(
            max(core[a], core[b], D[a][b])
            for other in range(len(kept))
            if other != j
            for a in inner[j]
            for b in inner[other]
        )
        larger = max(nearest, sparse[j])
        alone = len(members) < 2
        validity.append(0.0 if alone or larger == 0 else (nearest - sparse[j]) / larger)
    total = math.fsum(len(m) * v for m, v in zip(kept, validity, strict=True))
    return total / len(labels), validity


def _core(away, d):
    """Definition 1; its limit 0 where an item has a twin."""
    if not away or min(away) == 0:
        return 0.0
    return float((sum(Fraction(1 / x) ** d for x in away) / len(away)) ** Fraction(-1, d))


def _spanning_tree(members, weight):
    """Prim: (a, b, weight) of each edge."""
    inside, outside, edges = [members[0]], list(members[1:]), []
    while outside:
        w, a, b = min((weight(a, b), a, b) for a in inside for b in outside)
        edges.append((a, b, w))
        inside.append(b)
        outside.remove(b)
    return edges


def log_normal(x, mean, covariance):
    """The log density of one point."""
    away = np.asarray(x) - mean
    sign, logdet = np.linalg.slogdet(covariance)
    assert sign > 0
    d = len(away)
    return -0.5 * (d * math.log(2 * math.pi) + logdet + away @ np.linalg.solve(covariance, away))


def covariances(X, labels, kind):
    """The maximum likelihood covariance of each cluster under a model, and the number of free parameters."""
    members = clusters(labels)
    d, k, n = X.shape[1], len(members), len(X)
    own = [np.cov(X[m].T, bias=True).reshape(d, d) for m in members]
    pooled = sum(len(m) / n * s for m, s in zip(members, own, strict=True))
    if kind == "tied":
        return [pooled] * k, d * (d + 1) // 2
    if kind == "tied_spherical":
        return [np.eye(d) * np.trace(pooled) / d] * k, 1
    if kind == "full":
        return own, k * d * (d + 1) // 2
    if kind == "diagonal":
        return [np.diag(np.diag(s)) for s in own], k * d
    return [np.eye(d) * np.trace(s) / d for s in own], k


def bic_and_icl(X, labels, kind):
    """Both, point by point."""
    members = clusters(labels)
    n, k, d = len(X), len(members), X.shape[1]
    spread, free = covariances(X, labels, kind)
    means = [X[m].mean(axis=0) for m in members]
    share = [len(m) / n for m in members]
    mixed = chosen = 0.0
    for j, m in enumerate(members):
        for i in m:
            logs = [math.log(share[c]) + log_normal(X[i], means[c], spread[c]) for c in range(k)]
            top = max(logs)
            mixed += top + math.log(sum(math.exp(v - top) for v in logs))
            chosen += logs[j]
    cost = (k - 1 + k * d + free) * math.log(n)
    return -2 * mixed + cost, -2 * chosen + cost
