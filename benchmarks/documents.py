"""`python -m benchmarks documents`: 20,000 short texts in groups, part by part, beside scikit-learn's parts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import comparisons
from .comparisons import OURS, Case, Machine, Row
from .floor import best_of
from .systems import limit_threads

N_TEXTS, N_TOPICS, N_AXES, MOST_GROUPS = 20_000, 12, 50, 25
STARTS, STEPS = 10, 20
PEER = "sklearn"
METHOD = f"""{N_TEXTS:,} texts of 8 to 24 words on {N_TOPICS} topics of unequal size; half of the words that are no
function words are the topic's. *Weights*: from texts to TF-IDF, ours with each text's language guessed and its own
function words left out, `TfidfVectorizer` told the language; the floor is Python splitting the texts at blanks.
*Latent axes*: {N_AXES} of them, beside `TruncatedSVD`'s randomised iteration and ARPACK; the floor is the
arithmetic of five iterations with ten axes more, 5 (4 nnz r + 3 (n + d) r^2) operations at the rate of the BLAS's
product; agreement, the variance of the rows that the axes hold, over the best of the peers'. *Groups*: ours is
k-means on the axes, then spherical k-means on the words, beside KMeans on the same axes with as many starts
({STARTS}); the floor, {STEPS} steps of spherical k-means, 2 nnz k operations each, and one assignment of the axes
for each start. *Whole*: from texts to groups, {N_TOPICS} of them asked for; ours also finds duplicates, names
groups and makes a map; scikit-learn's is the three parts above; the floor is their sum. *Number*: the same, the
number looked for among 1 to {MOST_GROUPS}; no peer. Agreement of groups: their number where it was looked for, and
the adjusted Rand index with the topics, ours and scikit-learn's. The goal is the whole in seconds; there are no
bars for the parts."""


@cache
def texts_of(n: int) -> tuple[list[str], NDArray[np.int64]]:
    """Return the texts, and the topic of each: those that the tests group too."""
    folder = str(Path(__file__).resolve().parent.parent / "tests")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    from oracles.documents import topic_texts

    return topic_texts(n, N_TOPICS, 0)


def sized(quick: bool) -> tuple[list[str], NDArray[np.int64]]:
    """Return the texts of a run."""
    return texts_of(1_000 if quick else N_TEXTS)


def our_rows(texts: list[str]) -> Any:
    """Return the rows of TF-IDF as the library makes them."""
    from ganglion.applications.documents._words import (
        content_words,
        learn_weighting,
        main_languages,
    )
    from ganglion.data._words import number_words
    from ganglion.data.languages import guess_languages

    numbered = number_words(texts)
    languages = guess_languages(texts, numbered)
    main = main_languages(languages)
    content = content_words(numbered, languages, main)
    _, rows = learn_weighting(content, pairs=False, languages=main, min_documents=None)
    return rows


def their_rows(texts: list[str]) -> Any:
    """Return the rows of TF-IDF by scikit-learn's vectorizer."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        sublinear_tf=True, min_df=2, max_df=0.5, stop_words="english"
    ).fit_transform(texts)


def splitting(texts: list[str]) -> float:
    """Return the seconds in which Python splits the texts at blanks."""
    return best_of(lambda: [text.split() for text in texts], 3)


def axes_floor(machine: Machine, rows: Any) -> float:
    """Return the seconds of the arithmetic of the latent axes."""
    (n, d), r = rows.shape, N_AXES + 10
    return 5 * (4 * rows.nnz * r + 3 * (n + d) * r**2) / (2 * machine.slots)


def groups_floor(machine: Machine, rows: Any) -> float:
    """Return the seconds of the arithmetic of the groups."""
    words = STEPS * 2 * rows.nnz * N_TOPICS
    axes = STARTS * 2 * rows.shape[0] * N_TOPICS * N_AXES
    return (words + axes) / (2 * machine.slots)


def weights(machine: Machine, quick: bool) -> Case:
    """Make the row of TF-IDF."""
    texts, _ = sized(quick)
    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda _: our_rows(texts).shape,
        PEER: lambda _: their_rows(texts).shape,
    }

    def agreement(found: Mapping[str, Any]) -> str:
        return f"{found[OURS][1]:,} and {found[PEER][1]:,} terms"

    return Case(runs, agreement, splitting(texts))


def latent(machine: Machine, quick: bool) -> Case:
    """Make the row of the latent axes."""
    from sklearn.decomposition import TruncatedSVD

    from ganglion.applications.documents._latent import latent_axes

    rows = our_rows(sized(quick)[0])

    def theirs(algorithm: str, seed: int) -> Any:
        return TruncatedSVD(N_AXES, algorithm=algorithm, random_state=seed).fit_transform(rows)

    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda seed: latent_axes(rows, N_AXES, np.random.default_rng(seed)).coordinates,
        PEER: lambda seed: theirs("randomized", seed),
        "sklearn arpack": lambda seed: theirs("arpack", seed),
    }

    def agreement(found: Mapping[str, Any]) -> str:
        held = {name: float(np.sum(np.square(points))) for name, points in found.items()}
        return f"{held[OURS] / max(value for name, value in held.items() if name != OURS):.4f}"

    return Case(runs, agreement, axes_floor(machine, rows))


def indices(found: Mapping[str, Any], topics: NDArray[np.int64]) -> dict[str, str]:
    """Return the adjusted Rand index of each system's groups with the topics."""
    from ganglion.criteria import adjusted_rand_score

    return {name: f"{adjusted_rand_score(topics, labels):.3f}" for name, labels in found.items()}


def groups(machine: Machine, quick: bool) -> Case:
    """Make the row of the groups, from words and axes."""
    from sklearn.cluster import KMeans

    from ganglion.applications.documents._latent import latent_axes
    from ganglion.applications.documents._spherical import spherical_groups, unit

    texts, topics = sized(quick)
    rows = our_rows(texts)
    held = np.diff(rows.indptr) > 0
    rows = rows[held]
    points = unit(latent_axes(rows, N_AXES, np.random.default_rng(0)).coordinates)

    def ours(seed: int) -> Any:
        return spherical_groups(rows, points, N_TOPICS, np.random.default_rng(seed)).labels

    runs: dict[str, Callable[[int], Any]] = {
        OURS: ours,
        PEER: lambda seed: KMeans(N_TOPICS, n_init=STARTS, random_state=seed).fit_predict(points),
    }

    def agreement(found: Mapping[str, Any]) -> str:
        return " and ".join(indices(found, topics[held]).values())

    return Case(runs, agreement, groups_floor(machine, rows))


def pipeline(texts: list[str], seed: int) -> Any:
    """Group texts with scikit-learn's vectorizer, latent axes and k-means."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    rows = their_rows(texts)
    points = normalize(TruncatedSVD(N_AXES, random_state=seed).fit_transform(rows))
    return KMeans(N_TOPICS, n_init=STARTS, random_state=seed).fit_predict(points)


def whole_floor(machine: Machine, texts: list[str]) -> float:
    """Return the sum of the floors of the parts."""
    rows = our_rows(texts)
    return splitting(texts) + axes_floor(machine, rows) + groups_floor(machine, rows)


def whole(machine: Machine, quick: bool) -> Case:
    """Make the row of the whole with the number given."""
    import ganglion as gl

    texts, topics = sized(quick)
    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda seed: gl.group_documents(texts, n_clusters=N_TOPICS, random_state=seed).labels,
        PEER: lambda seed: pipeline(texts, seed),
    }

    def agreement(found: Mapping[str, Any]) -> str:
        return " and ".join(indices(found, topics).values())

    return Case(runs, agreement, whole_floor(machine, texts))


def number(machine: Machine, quick: bool) -> Case:
    """Make the row of the whole with the number looked for."""
    import ganglion as gl

    texts, topics = sized(quick)

    def ours(seed: int) -> Any:
        return gl.group_documents(texts, random_state=seed).labels

    def agreement(found: Mapping[str, Any]) -> str:
        return f"{len(np.unique(found[OURS]))} groups, {indices(found, topics)[OURS]}"

    return Case({OURS: ours}, agreement, whole_floor(machine, texts))


ROWS = (
    Row("weights", "weights", "-", weights, budget=20.0),
    Row("latent", "latent axes", "-", latent, budget=20.0),
    Row("groups", "groups", "-", groups, budget=20.0),
    Row("whole", "whole, 12 groups asked for", "-", whole, budget=30.0, repetitions=3),
    Row("number", "whole, number looked for", "-", number, budget=30.0, repetitions=3),
)


def main(names: str | None, *, quick: bool, threads: int) -> str:
    """Run the rows, say each as it is done, and return the section."""
    with limit_threads(threads):
        table = comparisons.run(ROWS, names, quick=quick)
    return comparisons.section("Documents", METHOD, table, quick=quick, threads=threads)
