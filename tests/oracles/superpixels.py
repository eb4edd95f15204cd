"""SLIC, its crumbs and a Potts model's sweeps written pixel by pixel; colours in plain floats.

Planes hold whole numbers, as the library's do (CIELAB in multiples of 1 / 128): sums are exact in any order.
"""

import math


def lab(color):
    """CIE 15 and IEC 61966-2-1, with each row of the matrix divided by its sum."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in color)
    )
    x = (0.412453 * red + 0.357580 * green + 0.180423 * blue) / 0.950456
    y = 0.212671 * red + 0.715160 * green + 0.072169 * blue
    z = (0.019334 * red + 0.119193 * green + 0.950227 * blue) / 1.088754
    fx, fy, fz = (
        t ** (1 / 3) if t > (6 / 29) ** 3 else t / (3 * (6 / 29) ** 2) + 4 / 29 for t in (x, y, z)
    )
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def cell_of(y, x, shape, cells):
    """The cell of a pixel: rows floor(i h / n) <= y < floor((i + 1) h / n), and columns likewise."""
    i = next(i for i in range(cells[0]) if y < (i + 1) * shape[0] // cells[0])
    j = next(j for j in range(cells[1]) if x < (j + 1) * shape[1] // cells[1])
    return i, j


def assign(planes, centers, cells, unit):
    """The nearest of at most nine centres for each pixel, in float64."""
    height, width = len(planes[0]), len(planes[0][0])
    labels = [[0] * width for _ in range(height)]
    for y in range(height):
        for x in range(width):
            i, j = cell_of(y, x, (height, width), cells)
            near = [
                p * cells[1] + q
                for p in range(max(i - 1, 0), min(i + 2, cells[0]))
                for q in range(max(j - 1, 0), min(j + 2, cells[1]))
            ]
            labels[y][x] = min(
                near,
                key=lambda c: (
                    sum((int(plane[y][x]) - centers[c][f]) ** 2 for f, plane in enumerate(planes))
                    + unit**2 * ((x - centers[c][3]) ** 2 + (y - centers[c][4]) ** 2)
                ),
            )
    return labels


def pieces(labels):
    """Connected sets of equal labels, joined by sides, in the order of their first pixels."""
    height, width = len(labels), len(labels[0])
    seen, found = set(), []
    for start in ((y, x) for y in range(height) for x in range(width)):
        if start in seen:
            continue
        piece, border = [], [start]
        seen.add(start)
        while border:
            y, x = border.pop()
            piece.append((y, x))
            for q in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
                if (
                    0 <= q[0] < height
                    and 0 <= q[1] < width
                    and q not in seen
                    and labels[q[0]][q[1]] == labels[y][x]
                ):
                    seen.add(q)
                    border.append(q)
        found.append(sorted(piece))
    return found


def adjoin(piece, other):
    """Whether a pixel of one has a side in common with a pixel of the other."""
    other = set(other)
    return any(
        q in other for y, x in piece for q in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1))
    )


def mean_of(planes, piece):
    return [sum(int(plane[y][x]) for y, x in piece) / len(piece) for plane in planes]


def connect(planes, labels, least):
    """Pieces below `least` pixels, the smallest first, join the neighbour of the nearest mean colour."""
    groups = dict(enumerate(pieces(labels)))
    crumbs = sorted(
        (i for i in groups if len(groups[i]) < least), key=lambda i: (len(groups[i]), i)
    )
    home = {i: i for i in groups}
    for crumb in crumbs:
        self = home[crumb]
        if len(groups[self]) >= least:
            continue
        own = mean_of(planes, groups[self])
        near = [i for i in groups if i != self and adjoin(groups[self], groups[i])]
        if not near:
            continue
        best = min(
            near,
            key=lambda i: (
                math.fsum(
                    (a - b) ** 2 for a, b in zip(own, mean_of(planes, groups[i]), strict=True)
                ),
                i,
            ),
        )
        low, high = min(self, best), max(self, best)
        groups[low] = sorted(groups[low] + groups.pop(high))
        home = {i: low if h == high else h for i, h in home.items()}
    painted = [[0] * len(labels[0]) for _ in labels]
    for number, i in enumerate(sorted(groups)):
        for y, x in groups[i]:
            painted[y][x] = number
    return painted


def borders(labels):
    """Pixel sides between labels: {(lower, higher): length}."""
    found = {}
    height, width = len(labels), len(labels[0])
    for y in range(height):
        for x in range(width):
            for q in ((y + 1, x), (y, x + 1)):
                if q[0] < height and q[1] < width and labels[q[0]][q[1]] != labels[y][x]:
                    pair = tuple(sorted((int(labels[y][x]), int(labels[q[0]][q[1]]))))
                    found[pair] = found.get(pair, 0) + 1
    return found


def refine(planes, centers, costs, labels):
    """One pass over the pixels that touch another label by a side: every second one of every second row at a time."""
    place, border, contrast = costs
    height, width = len(labels), len(labels[0])
    labels, changed = [list(row) for row in labels], 0
    for phase in range(4):
        for y in range(phase // 2, height, 2):
            for x in range(phase % 2, width, 2):
                around = [
                    (p, q)
                    for p in (y - 1, y, y + 1)
                    for q in (x - 1, x, x + 1)
                    if (p, q) != (y, x) and 0 <= p < height and 0 <= q < width
                ]
                sides = [(p, q) for p, q in around if p == y or q == x]
                if all(labels[p][q] == labels[y][x] for p, q in sides):
                    continue

                def cost(c, y=y, x=x, around=around):
                    point = [*(int(plane[y][x]) for plane in planes), x * place, y * place]
                    own = sum((a - b) ** 2 for a, b in zip(point, centers[c], strict=True))
                    for p, q in around:
                        if labels[p][q] != c:
                            step = sum(
                                (int(plane[p][q]) - int(plane[y][x])) ** 2 for plane in planes
                            )
                            length = 1 if p == y or q == x else math.sqrt(0.5)
                            own += border * length / (1 + step / contrast)
                    return own

                near = {labels[p][q] for p, q in around}
                best = min(sorted(near), key=cost, default=labels[y][x])
                if near and cost(best) < cost(labels[y][x]):
                    labels[y][x] = best
                    changed += 1
    return labels, changed


def potts_sweep(costs, pairs, weights, labels):
    """Each node in turn takes the label of the least cost given its neighbours; its own, where none is cheaper."""
    labels = list(labels)
    for i in range(len(labels)):

        def cost(c, i=i):
            others = [
                (q if p == i else p, w)
                for (p, q), w in zip(pairs, weights, strict=True)
                if i in (p, q)
            ]
            return costs[i][c] + sum(w for other, w in others if labels[other] != c)

        best = min(range(len(costs[i])), key=lambda c: (cost(c), c))
        if cost(best) < cost(labels[i]):
            labels[i] = best
    return labels
