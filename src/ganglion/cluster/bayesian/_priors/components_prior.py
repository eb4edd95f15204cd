"""How many components a finite mixture has, and what follows for how many clusters are seen: V_n(t) and p(K | t)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...._errors import ParameterError
from .._special import log_rising, log_sum_exp

LogProbabilities = Callable[[NDArray[np.int64]], Any]
NumberOfComponents = tuple[float, ...] | LogProbabilities

# What a sum over k may leave out, relative to it; and the probability of K that may lie beyond its last term.
_NEGLIGIBLE = 1e-17
_MASS_LEFT = 1e-12
_FAR, _LONGEST = 1 << 14, 1 << 22  # how far a function is checked when given, and summed at most
_BLOCK = 256  # the fewest k that are summed before it is asked whether that is enough
_ROWS, _CELLS = 64, 1 << 18  # values of t, and terms, that are in memory at once


def check_number_of_components(value: Any) -> NumberOfComponents:
    """P(K = 1), P(K = 2), ... as a tuple of floats that sum to 1, or the caller's function of log probabilities."""
    if callable(value):
        _check_function(value)
        return value if type(value).__hash__ is not None else lambda k: value(k)
    table = np.asarray(value, dtype=np.float64)
    wanted = "n_components_prior must be an array whose entry j is P(K = j + 1), or a function k -> log P(K = k)"
    if table.ndim != 1 or table.size == 0:
        raise ParameterError(f"{wanted}; got an array of shape {table.shape}.")
    if not np.all(np.isfinite(table)) or np.any(table < 0):
        j = int(np.argmin(np.isfinite(table) & (table >= 0)))
        raise ParameterError(f"{wanted}: probabilities are not negative; entry {j} is {table[j]}.")
    total = math.fsum(table)
    if abs(total - 1) > 1e-6:
        raise ParameterError(
            f"{wanted}: they must sum to 1; got {total}. Divide them by their sum."
        )
    return tuple(float(p / total) for p in np.trim_zeros(table, "b"))


def log_probabilities(prior: NumberOfComponents, begin: int, end: int) -> NDArray[np.float64]:
    """log P(K = k) for k = begin .. end - 1, begin >= 1."""
    if callable(prior):
        if end > _FAR:
            return np.asarray(prior(np.arange(begin, end)), dtype=np.float64)
        return _remembered(prior, 1 << max(end - 1, 63).bit_length())[begin - 1 : end - 1]
    p = np.zeros(max(end - begin, 0))
    known = prior[begin - 1 : end - 1]
    p[: len(known)] = known
    with np.errstate(divide="ignore"):
        return np.log(p)


@lru_cache(maxsize=64)
def _remembered(log_p: LogProbabilities, last: int) -> NDArray[np.float64]:
    """log P(K = k) for k = 1 .. last; asked for in every sweep, and a function of SciPy's takes 0.1 ms to answer."""
    return np.asarray(log_p(np.arange(1, last + 1)), dtype=np.float64)


def tabulated(prior: NumberOfComponents) -> NDArray[np.float64]:
    """P(K = 1), P(K = 2), ... as far as anything worth counting is left."""
    if not callable(prior):
        return np.asarray(prior)
    k_max = 64
    while k_max < _LONGEST:
        p = np.exp(log_probabilities(prior, 1, k_max + 1))
        tail = np.cumsum(p[::-1])[::-1]
        if p.sum() > 1 - _MASS_LEFT and tail[k_max // 2] < _NEGLIGIBLE:
            return p[: int(np.argmax(tail < _NEGLIGIBLE))]
        k_max *= 2
    raise ParameterError(
        f"n_components_prior leaves more than {_MASS_LEFT} to K beyond {_LONGEST}. Give it as an array that ends."
    )


def log_v_of(
    prior: NumberOfComponents, gamma: float, n: int, first: int, last: int
) -> NDArray[np.float64]:
    """log V_n(t) + t log gamma for t = first .. last, V as in Miller and Harrison (2018), equation 3.2."""
    chunks: list[NDArray[np.float64]] = []
    for begin in range(first, last + 1, _ROWS):
        t = np.arange(begin, min(begin + _ROWS, last + 1))
        total = np.full(t.size, -np.inf)
        for terms in _terms(prior, gamma, n, t):
            total = np.logaddexp(total, log_sum_exp(terms))
        chunks.append(np.asarray(total + t * math.log(gamma), dtype=np.float64))
    return np.concatenate(chunks)


def components_given(
    prior: NumberOfComponents, gamma: float, n: int, t: int
) -> NDArray[np.float64]:
    """P(K = 1), P(K = 2), ... given t clusters of n points; empty where t clusters are impossible."""
    pieces = [terms[0] for terms in _terms(prior, gamma, n, np.array([t]))]
    terms = np.concatenate([np.full(t - 1, -np.inf), *pieces])
    total = log_sum_exp(terms)
    if not np.isfinite(total):
        return np.zeros(0)
    p = np.exp(terms - total)
    tail = np.cumsum(p[::-1])[::-1]
    return p[tail > _NEGLIGIBLE]


def _terms(
    prior: NumberOfComponents, gamma: float, n: int, t: NDArray[np.int64]
) -> Iterator[NDArray[np.float64]]:
    """The logs of k! / (k - t)! / (gamma k)_n * P(K = k), a row for each of successive t.

    They come in pieces, k rising from t[0]. Blocks of k double until nothing is left to add to any row.
    """
    end, stop = int(t[0]), None if callable(prior) else len(prior) + 1
    if stop is not None and stop <= end + _BLOCK:  # all in one block: nothing has to settle
        if end < stop:
            k = np.arange(end, stop)
            yield _ways(k, t) + (log_probabilities(prior, end, stop) - log_rising(gamma * k, n))
        return
    mass = float(np.exp(log_probabilities(prior, 1, end)).sum())
    total = np.full(t.size, -np.inf)
    while stop is None or end < stop:
        begin, end = end, min(max(2 * end, end + _BLOCK), stop or _LONGEST)
        added = np.full(t.size, -np.inf)
        for low in range(begin, end, _CELLS // t.size):
            k = np.arange(low, min(low + _CELLS // t.size, end))
            log_p = log_probabilities(prior, low, low + len(k))
            mass += float(np.exp(log_p).sum())
            terms = _ways(k, t) + (log_p - log_rising(gamma * k, n))
            added = np.logaddexp(added, log_sum_exp(terms))
            yield terms
        total = np.logaddexp(total, added)
        if end == stop:
            return
        vanished = (added <= total + math.log(_NEGLIGIBLE)) & (mass > 1 - _MASS_LEFT)
        if np.all(vanished) or np.all(vanished | _bounded(gamma, n, t, end - 1, mass, total)):
            return
        if end == _LONGEST:
            raise ParameterError(
                f"n_components_prior decreases too slowly to be summed: up to k={end - 1} the sum for t={t[-1]} "
                f"clusters of {n} points has not settled, and {max(1 - mass, 0):.3g} of the probability is left. "
                "Give it as an array that ends."
            )


def _bounded(
    gamma: float,
    n: int,
    t: NDArray[np.int64],
    k: int,
    mass: float,
    total: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Whether all terms beyond k, where 1 - mass of the probability is, are certainly negligible beside the total.

    As a function of k, k! / (k - t)! / (gamma k)_n rises to one maximum and falls from there: k times the slope of its
    logarithm is sum_{i<t} k / (k - i) - sum_{i<n} gamma k / (gamma k + i), and that decreases.
    """
    last = np.array([k - 1, k])
    heights = _ways(last, t) - log_rising(gamma * last, n)
    left = math.log(max(1 - mass, 1e-15))
    return (heights[:, 1] < heights[:, 0]) & (heights[:, 1] + left <= total + math.log(_NEGLIGIBLE))


def _ways(k: NDArray[np.int64], t: NDArray[np.int64]) -> NDArray[np.float64]:
    """log of k! / (k - t)!, a row for each of successive t; -inf where k < t. Sums of logarithms: nothing cancels."""
    rows = np.empty((t.size, k.size))
    rows[0] = _ways_of(int(t[0]), int(k[0]), int(k[-1]))
    with np.errstate(divide="ignore"):
        rows[1:] = np.log(np.maximum(k[None, :] - t[:-1, None], 0))
    return np.cumsum(rows, axis=0)


@lru_cache(maxsize=64)
def _ways_of(t: int, low: int, high: int) -> NDArray[np.float64]:
    """log of k! / (k - t)! for k = low .. high; the steps of gamma ask for one t again and again."""
    k = np.arange(low, high + 1)
    return np.where(k < t, -np.inf, log_rising(np.maximum(k - t + 1, 1), t))


def _check_function(log_p: LogProbabilities) -> None:
    """Refuse a function that does not give the log probabilities of an array of integers."""
    k = np.arange(1, 65, dtype=np.int64)
    values = np.asarray(log_p(k))
    wanted = "n_components_prior must give log P(K = k) for an array of integers k >= 1"
    if values.shape != k.shape or not np.issubdtype(values.dtype, np.floating):
        raise ParameterError(
            f"{wanted}; for k = 1 .. 64 it gave {values.dtype} of shape {values.shape}."
        )
    wrong = np.isnan(values) | (values > 1e-9)
    if np.any(wrong):
        j = int(np.argmax(wrong))
        raise ParameterError(
            f"{wanted}; for k = {j + 1} it gave {values[j]}, which is no log probability."
        )
    p = np.exp(np.asarray(log_p(np.arange(1, _FAR + 1)), dtype=np.float64))
    total = math.fsum(p)
    if total > 1 + 1e-6 or (total < 1 - 1e-6 and p[_FAR // 2 :].sum() < _MASS_LEFT):
        raise ParameterError(
            f"{wanted}; its probabilities must sum to 1 over k = 1, 2, ..., and sum to {total}. "
            "Shift it so that K = 1 is the least, or divide it by its sum."
        )
