"""Pages of parts for tests: one of every kind, and maps of any size."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from ganglion.report._density import png_block
from ganglion.report.parts import (
    Answer,
    Card,
    CardBar,
    CardPart,
    ComparePart,
    GalleryPart,
    KCurve,
    KPart,
    KVote,
    PalettePart,
    PicturePart,
    PointMap,
    Problem,
    ProblemsPart,
    ReproducePart,
    RuleLine,
    RulesPart,
    TablePart,
    TextPart,
)


def pixels(grey):
    """A PNG of grey levels (h, w)."""
    height, width = grey.shape
    lines = np.concatenate((np.zeros((height, 1), np.uint8), grey), axis=1)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            png_block(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
            png_block(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            png_block(b"IEND", b""),
        )
    )


PNG = pixels((np.add.outer(np.arange(90), np.arange(120)) % 256).astype(np.uint8))


def map_of(n, *, text="", k=5):
    """A map of n rows in k groups of unequal size, some in none."""
    rng = np.random.default_rng(0)
    middles = 4 * rng.normal(size=(k, 2))
    labels = np.minimum(rng.geometric(0.4, size=n) - 1, k - 1)
    points = middles[labels] + rng.normal(size=(n, 2))
    labels[rng.random(n) < 0.01] = -1
    return PointMap(
        points=points,
        labels=labels,
        names=[f"group {j}" for j in range(k)],
        texts=[f"customer {i:07d} {text}" for i in range(n)],
        search=True,
        centers=middles,
        noun="customer",
        axes=("First axis", "Second axis"),
        caption="The axes hold 83 % of the spread.",
        notes=[("To the right", "income +0.7")],
    )


def every_part(n=40):
    """An answer and a part of every kind."""
    return [*group_parts(n), *number_parts(), *picture_parts(), *word_parts()]


NAMES = ["frequent", "lapsed"]


def group_parts(n):
    """The answer, the map, cards and rules of two groups."""
    names, sizes = NAMES, (3 * n // 4, n - 3 * n // 4)
    labels = np.repeat([0, 1], sizes)
    cards = [
        Card(
            label=j,
            name=name,
            size=sizes[j],
            sentence="high income (312, overall 106)",
            bars=[
                CardBar(name="income", length=1.2 - 2 * j, here="312", overall="106"),
                CardBar(name="recency_in_days", length=0.4 * j - 0.3, here="12", overall="40"),
            ],
            facts=[("stability", "0.93")],
            members=[("typical", ["customer 12", "customer 7"])],
            advice="Call them.",
        )
        for j, name in enumerate(names)
    ]
    points = np.random.default_rng(3).normal(size=(n, 2)) + 6 * labels[:, None]
    return [
        Answer(
            sentences=[f"{n} customers fall into two groups", "Both rules agree."],
            facts=[("groups", "2")],
            doubts=["The second group is small."],
        ),
        PointMap(
            points=points,
            labels=labels,
            names=names,
            texts=[f"customer {i:03d}" for i in range(n)],
            search=True,
            centers=np.array([points[labels == j].mean(axis=0) for j in (0, 1)]),
            noun="customer",
            axes=("income", "recency"),
            caption="Two axes.",
            notes=[("To the right", "income +0.7")],
        ),
        CardPart(cards=cards, noun="customer"),
        RulesPart(
            rules=[
                RuleLine(
                    label=j,
                    name=name,
                    conditions=["income over 200", "age up to 40"],
                    size=sizes[j],
                    right=0.9,
                )
                for j, name in enumerate(names)
            ],
            fidelity=0.95,
            noun="customer",
            note="Two leaves.",
        ),
    ]


def number_parts():
    """The choice of k and a table."""
    curve = KCurve(
        name="silhouette",
        k=range(1, 5),
        values=[np.nan, 0.6, 0.4, 0.3],
        errors=[np.nan, 0.02, 0.03, 0.02],
        chosen=2,
    )
    rows = [[f"customer {i:03d}", NAMES[i % 2], i * 37 % 400, i * 13.37 % 900] for i in range(30)]
    return [
        KPart(
            curves=[curve],
            votes=[
                KVote(rule="silhouette", k=2, why="highest"),
                KVote(rule="gap", k=None, why="none"),
            ],
            chosen=2,
            reason="Two groups.",
            used=2,
            agreement=0.5,
            seconds=[(2, 0.01)],
        ),
        TablePart(
            columns=["customer", "group", "recency", "spent"],
            rows=rows,
            title="Whom to call",
            caption="By recency.",
        ),
    ]


def picture_parts():
    """Pictures of all kinds."""
    picture = PicturePart(picture=PNG, alt="a slope", caption="grey", title="Slope")
    return [
        picture,
        ComparePart(
            before=PNG, after=PNG, names=("before", "after"), alt="slopes", caption="Slide."
        ),
        GalleryPart(pictures=[picture, picture], title="Masks", caption="Two."),
        PalettePart(
            colours=[("#aa3355", 0.6, "roof"), ("#33aa55", 0.4, "tree")], caption="Two colours."
        ),
    ]


def word_parts():
    """Text, problems, how to do it again."""
    return [
        TextPart(title="In words", sentences=["A sentence."], rows=[("name", "value")]),
        ProblemsPart(
            problems=[Problem(name="Missing cells", sentence="3 cells.", items=[("income", "3")])]
        ),
        ReproducePart(
            command="ganglion customers shop.csv",
            seed=0,
            versions=[("NumPy", "2.4")],
            parameters=[("scale", "robust")],
            done=["40 rows were read."],
            columns_used=["income"],
            columns_left_out=[("id", "every value is different")],
        ),
    ]
