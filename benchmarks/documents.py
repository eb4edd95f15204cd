"""Grouping documents: seconds of each part, agreement with known topics, and what scikit-learn's parts take.

    python -m benchmarks.documents [N]

N short texts (20,000) on twelve topics of unequal size. The floor of the parts that are arithmetic: latent axes pass
5 times over (4 nnz r + 3 (n + d) r^2) operations with r = 60; a step of spherical k-means over 2 nnz k.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from ganglion import group_documents
from ganglion.applications.documents import find_duplicates
from ganglion.applications.documents._latent import latent_axes
from ganglion.applications.documents._number_of_groups import choose_number
from ganglion.applications.documents._spherical import spherical_groups, unit
from ganglion.applications.documents._words import (
    content_words,
    languages_of,
    learn_weighting,
    main_languages,
)
from ganglion.criteria import adjusted_rand_score
from oracles.documents import topic_texts

N_TEXTS, N_TOPICS, N_AXES = 20_000, 12, 50


def timed(name: str, work: Callable[[], Any]) -> Any:
    """Run some work, print its seconds, return what it gives."""
    start = time.perf_counter()
    found = work()
    print(f"{name:<44}{time.perf_counter() - start:8.2f} s")
    return found


def ours(texts: list[str], topics: np.ndarray) -> None:
    """Print the parts one by one, and the whole."""
    rng = np.random.default_rng
    timed("duplicates", lambda: find_duplicates(texts))
    languages = timed("languages", lambda: languages_of(texts))
    main = main_languages(languages)
    tokens = timed("words", lambda: content_words(texts, languages, main))
    weighting, rows = timed(
        "TF-IDF (scikit-learn)",
        lambda: learn_weighting(tokens, pairs=False, languages=main, min_documents=None),
    )
    rows = rows[np.diff(rows.indptr) > 0]
    print(f"{rows.shape[0]:,} documents, {len(weighting.terms):,} terms, {rows.nnz:,} pairs")
    axes = timed("latent axes", lambda: latent_axes(rows, N_AXES, rng(0)))
    latent = unit(axes.coordinates)
    choice = timed("number of groups", lambda: choose_number(rows, 25, rng(0)))
    timed("groups", lambda: spherical_groups(rows, latent, N_TOPICS, rng(0)))
    found = timed("the whole, k looked for", lambda: group_documents(texts, random_state=0))
    print(f"  k {found.n_groups} of {N_TOPICS}: {choice.reason}")
    print(f"  adjusted Rand index {adjusted_rand_score(topics, found.labels):.3f}")
    given = timed(
        "the whole, k given", lambda: group_documents(texts, n_groups=N_TOPICS, random_state=0)
    )
    print(f"  adjusted Rand index {adjusted_rand_score(topics, given.labels):.3f}")


def peers(texts: list[str], topics: np.ndarray) -> None:
    """Print what scikit-learn's own parts take for the same."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    rows = timed(
        "scikit-learn: TfidfVectorizer",
        lambda: TfidfVectorizer(
            sublinear_tf=True, min_df=2, max_df=0.5, stop_words="english"
        ).fit_transform(texts),
    )
    svd = timed(
        "scikit-learn: TruncatedSVD, 50 axes",
        lambda: normalize(TruncatedSVD(N_AXES, random_state=0).fit_transform(rows)),
    )
    for name, points in (("on latent axes", svd), ("on TF-IDF", rows)):
        labels = timed(
            f"scikit-learn: KMeans, 10 starts, {name}",
            lambda points=points: KMeans(N_TOPICS, n_init=10, random_state=0).fit_predict(points),
        )
        print(f"  adjusted Rand index {adjusted_rand_score(topics, labels):.3f}")


def main() -> None:
    """Print both."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else N_TEXTS
    texts, topics = topic_texts(n, N_TOPICS, 0)
    ours(texts, topics)
    peers(texts, topics)


if __name__ == "__main__":
    main()
