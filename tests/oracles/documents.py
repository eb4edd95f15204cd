"""Documents the slow way: every definition written out over lists and dense arrays; texts of known topics."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np


def shingles(words, length=3):
    """The set of runs of three words, or the one run of all of them."""
    length = min(length, len(words))
    return (
        {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}
        if words
        else set()
    )


def jaccard(a, b):
    return len(a & b) / len(a | b)


def duplicates(documents, threshold):
    """Representatives by comparing all pairs of lists of words, in the order of the documents."""
    n = len(documents)
    first = list(range(n))
    for at in range(n):
        for earlier in range(at):
            if first[earlier] == earlier and documents[earlier] == documents[at]:
                first[at] = earlier
                break
    sets = [shingles(words) for words in documents]
    distinct = [at for at in range(n) if first[at] == at]
    merged = dict.fromkeys(distinct)
    for earlier in distinct:
        for later in distinct:
            if (
                later > earlier
                and merged[later] is None
                and merged[earlier] is None
                and sets[earlier]
                and sets[later]
                and jaccard(sets[earlier], sets[later]) >= threshold
            ):
                merged[later] = earlier
    for at in range(n):
        target = merged[first[at]]
        if target is not None:
            first[at] = target
    return first


def tf_idf(documents, least=1, most=1.0):
    """Terms and rows: (1 + ln tf) (ln((1 + n) / (1 + df)) + 1), length 1."""
    n = len(documents)
    df = Counter(term for words in documents for term in set(words))
    terms = sorted(term for term, count in df.items() if least <= count <= most * n)
    rows = np.zeros((n, len(terms)))
    for at, words in enumerate(documents):
        counts = Counter(words)
        for place, term in enumerate(terms):
            if counts[term]:
                idf = math.log((1 + n) / (1 + df[term])) + 1
                rows[at, place] = (1 + math.log(counts[term])) * idf
        length = math.sqrt(sum(value * value for value in rows[at]))
        if length:
            rows[at] /= length
    return terms, rows


def held_out_silhouette(rows, labels):
    """(b - a) / max(a, b) with a the cosine distance from the mean direction of the others of the group."""
    values = []
    for at, label in enumerate(labels):
        others = [i for i in range(len(labels)) if labels[i] == label and i != at]
        if not others or len(set(labels)) == 1:
            values.append(0.0)
            continue
        a = _distance(rows[at], rows[others].sum(axis=0))
        b = min(
            _distance(
                rows[at], rows[[i for i in range(len(labels)) if labels[i] == other]].sum(axis=0)
            )
            for other in set(labels)
            if other != label
        )
        values.append((b - a) / max(a, b) if max(a, b) > 0 else 0.0)
    return np.array(values)


def _distance(x, center):
    return 1.0 - float(x @ center) / float(np.linalg.norm(center))


def term_shares(documents, labels, term):
    """For each group the number and the share of documents that hold a term, and its share of all documents."""
    overall = sum(term in words for words in documents) / len(documents)
    found = {}
    for label in sorted(set(labels)):
        mine = [words for words, own in zip(documents, labels, strict=True) if own == label]
        count = sum(term in words for words in mine)
        found[label] = (count, count / len(mine), overall)
    return found


_SYLLABLES = [
    consonant + vowel
    for consonant in "b c d f g h k l m n p r s t v z br st tr gl".split()
    for vowel in "a e i o u ai ou an er il on us".split()
]
_FUNCTION = "the of and to in a is that it was for on are with as be at this have from".split()


def topic_texts(n, k, seed, *, own=0.5, n_own=80, length=(8, 25)):
    """n short texts on k topics of unequal size, and the topic of each.

    A word is a function word (40 %), one of its topic's 80 words (`own` of the rest), or one of 2,500 common words; the
    r-th word of a topic is drawn in proportion to 1 / (r + 5), that of the common words to 1 / (r + 30).
    """
    rng = np.random.default_rng(seed)
    words = np.unique(
        ["".join(rng.choice(_SYLLABLES, size=size)) for size in rng.integers(2, 4, size=12_000)]
    )
    rng.shuffle(words)
    common = words[:2500]
    topics = [words[2500 + at * n_own : 2500 + (at + 1) * n_own] for at in range(k)]
    common_share = 1 / (np.arange(len(common)) + 30.0)
    topic_share = 1 / (np.arange(n_own) + 5.0)
    common_share, topic_share = common_share / common_share.sum(), topic_share / topic_share.sum()
    labels = rng.choice(k, size=n, p=rng.dirichlet(np.full(k, 3.0)))
    texts = []
    for label in labels.tolist():
        size = int(rng.integers(*length))
        kind = rng.random(size)
        drawn = np.where(
            kind < 0.4,
            rng.choice(_FUNCTION, size),
            np.where(
                kind < 0.4 + 0.6 * own,
                rng.choice(topics[label], size, p=topic_share),
                rng.choice(common, size, p=common_share),
            ),
        )
        texts.append(" ".join(drawn.tolist()))
    return texts, labels
