"""The evidence bound of mean-field inference by its definition, and sweeps with every responsibility written out.

Sums of features come from dense arrays; expectations come from SciPy's functions, matrix by matrix.
"""

from __future__ import annotations

import numpy as np
from scipy import special


def features(engine):
    """What each row adds to the sums (n, p)."""
    z = engine.z
    columns = [z[:, a] * z[:, b] if b >= 0 else z[:, a] for a, b in engine.pairs]
    return np.stack(columns, axis=1)


def responsibilities(engine, weights, constants):
    """Shares (n, K) of the clusters."""
    logits = features(engine) @ weights.T + constants
    return special.softmax(logits, axis=1)


def entropy(r):
    """-sum r log r."""
    return -np.sum(special.xlogy(r, r))


def stick_log_weights(counts, concentration, discount=0.0):
    """E log pi_k of sticks that are Beta distributed, one after the other."""
    out, before = [], 0.0
    for k in range(len(counts)):
        a = 1 - discount + counts[k]
        b = concentration + discount * (k + 1) + counts[k + 1 :].sum()
        out.append(before + special.psi(a) - special.psi(a + b))
        before += special.psi(b) - special.psi(a + b)
    return np.array(out)


def stick_bound(counts, concentration, discount=0.0):
    """E log p(z | v) + E log p(v) - E log q(v), at the best q(v)."""
    total = 0.0
    for k in range(len(counts)):
        a0, b0 = 1 - discount, concentration + discount * (k + 1)
        total += special.betaln(a0 + counts[k], b0 + counts[k + 1 :].sum())
        total -= special.betaln(a0, b0)
    return total


def normal_expectation(x, component, r):
    """E log N(x | mu, Sigma) (n, K) with normal-inverse-Wishart factors fitted to r (Bishop 2006, 10.60 to 10.65)."""
    d = x.shape[1]
    out = np.empty(r.shape)
    for k in range(r.shape[1]):
        count = r[:, k].sum()
        mean = r[:, k] @ x / count
        left = x - mean
        scatter = (r[:, k, None] * left).T @ left
        kappa, dof = component.kappa + count, component.dof + count
        centre = (component.kappa * component.mean + count * mean) / kappa
        away = mean - component.mean
        scale = component.scale + scatter + component.kappa * count / kappa * np.outer(away, away)
        log_precision = special.psi(0.5 * (dof - np.arange(d))).sum() + d * np.log(2)
        log_precision -= np.linalg.slogdet(scale)[1]
        from_centre = x - centre
        square = np.einsum("ni,ij,nj->n", from_centre, np.linalg.inv(scale), from_centre)
        out[:, k] = 0.5 * (log_precision - d * np.log(2 * np.pi) - d / kappa - dof * square)
    return out
