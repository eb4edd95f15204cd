"""Files as people have them, composed from parts and a seed: misspelled street names, customers with mixed columns."""

from __future__ import annotations

import csv

import numpy as np

FIRST = (
    "Oak Maple Cedar Willow Chestnut Juniper Magnolia Sycamore Hawthorn Linden Church Station Harbour Garden Mill "
    "Bridge Castle Market Victoria Wellington Washington Lincoln Jefferson Roosevelt Mozart Beethoven Schiller Goethe "
    "Königin-Luise Sankt-Georgs Rosa-Parks Nightingale Riverside Hillcrest Lakeview Meadow Sunset Prospect Franklin "
    "Monroe Highland Pleasant Spring Valley Forest Park Railway Canal Abbey Priory Orchard Vineyard Windmill Quarry"
).split()
KINDS = ("Street", "Road", "Avenue", "Lane", "Close", "Drive", "Square", "Gardens")
LETTERS = "abcdefghiklmnoprstuvwy"


def misspelled(name, rng):
    """One slip: a letter left out, doubled, changed, or swapped with the next one."""
    at = int(rng.integers(1, len(name) - 1))
    slip = int(rng.integers(4))
    if slip == 0:
        return name[:at] + name[at + 1 :]
    if slip == 1:
        return name[:at] + name[at] + name[at:]
    if slip == 2:
        return name[:at] + LETTERS[int(rng.integers(len(LETTERS)))] + name[at + 1 :]
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def street_names(n, seed=0):
    """n cells of a column of addresses: some streets are frequent, one cell in four has a slip, a few have two."""
    rng = np.random.default_rng(seed)
    streets = [f"{first} {kind}" for first in FIRST for kind in KINDS]
    order = rng.permutation(len(streets))
    share = 1.0 / np.arange(1, len(streets) + 1) ** 0.7
    chosen = order[rng.choice(len(streets), size=n, p=share / share.sum())]
    slips = rng.choice(3, size=n, p=[0.72, 0.24, 0.04])
    names = []
    for street, count in zip(chosen.tolist(), slips.tolist(), strict=True):
        name = streets[street]
        for _ in range(count):
            name = misspelled(name, rng)
        names.append(name)
    return names


def write_streets(path, n=20_000, seed=0):
    """A file with a number and a street in each row."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["number", "street"])
        rows.writerows(enumerate(street_names(n, seed), start=1))


# Five kinds of customers: age, orders a year, basket, share of returns, plan, channel, region, newsletter.
CUSTOMERS = (
    (24, 14, 28, 0.30, "basic", "app", "city", 0.2),
    (38, 6, 145, 0.08, "family", "web", "suburb", 0.8),
    (67, 2, 60, 0.02, "basic", "phone", "country", 0.5),
    (45, 30, 320, 0.05, "business", "web", "city", 0.9),
    (31, 9, 75, 0.15, "premium", "app", "suburb", 0.6),
)
PLANS, CHANNELS, REGIONS = (
    ("basic", "family", "premium", "business"),
    ("app", "web", "phone", "shop"),
    ("city", "suburb", "country"),
)


def customers(n, seed=0):
    """n rows of a table of customers: an id, numbers, texts, a flag, and gaps here and there."""
    rng = np.random.default_rng(seed)

    def often(usual, others):
        return usual if rng.random() < 0.82 else str(rng.choice(others))

    rows = []
    for at in range(n):
        age, orders, basket, returns, plan, channel, region, news = CUSTOMERS[int(rng.integers(5))]
        cells = [
            f"C{10_000 + at}",
            int(np.clip(rng.normal(age, 5), 18, 95)),
            int(rng.poisson(orders)),
            round(float(basket * rng.lognormal(0, 0.25)), 2),
            round(float(np.clip(rng.normal(returns, 0.03), 0, 1)), 3),
            often(plan, PLANS),
            often(channel, CHANNELS),
            often(region, REGIONS),
            "true" if rng.random() < news else "false",
        ]
        rows.append(["" if i and rng.random() < 0.02 else cell for i, cell in enumerate(cells)])
    return rows


def write_customers(path, n=2_000, seed=0):
    """A file of customers."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        heads = "customer age orders basket returns plan channel region newsletter"
        rows.writerow(heads.split())
        rows.writerows(customers(n, seed))
