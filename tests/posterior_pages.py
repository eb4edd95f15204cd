"""What the report of a posterior is made from, for the tests of its page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from posteriors import draws_of

from ganglion.cluster.bayesian import certainty, credible_ball, diagnose, expected_loss
from ganglion.cluster.bayesian import variation_of_information as away
from ganglion.explain import describe_clusters
from ganglion.explain.partitions import compare_partitions
from ganglion.explain.plane import principal_plane
from ganglion.explain.posterior import together
from ganglion.report import (
    BallBound,
    ChainRecord,
    ChainReplay,
    CredibleReach,
    PlaneMap,
    PosteriorReport,
    Verdict,
)


def posterior_content(n=90, n_chains=4, n_draws=60, *, n_before=10, **changes):
    """The content of a small posterior; the first draws stand for what came before."""
    X, labels, draws = draws_of(n_chains, n_draws, n)
    counts = draws.max(axis=2) + 1
    log_posterior = np.random.default_rng(1).normal(-300.0, 3.0, (n_chains, n_draws))
    found = diagnose(draws, log_posterior)
    ball = credible_ball(draws, labels)
    names = ["<b>mass</b>", "age"]
    content = PosteriorReport(
        title="Clusters of groups.csv",
        source="groups.csv",
        version="0.1.0",
        seed=3,
        noun="row",
        plane=_map(X, labels, names),
        certainty=certainty(draws, labels),
        cards=describe_clusters(X, labels, names=names),
        counts=np.stack([np.bincount(own, minlength=6) / n_draws for own in counts]),
        components={3: 0.5, 4: 0.3, 5: 0.2},
        verdict=Verdict(
            is_good=found.verdict == "converged",
            sentence=found.sentence,
            statistics=[(name, found.r_hat[name], found.ess[name]) for name in found.r_hat],
            enough=100.0 * n_chains,
        ),
        reach=CredibleReach(
            level=0.95,
            radius=ball.radius,
            unit="bits of variation of information",
            expected=expected_loss(draws, labels),
            bounds=[
                _bound(kind, getattr(ball, kind), labels)
                for kind in ("upper", "lower", "horizontal")
            ],
        ),
        similar=together(draws, labels),
        chains=ChainRecord(
            log_posterior=log_posterior, n_clusters=counts, n_before=n_before, unit="sweep"
        ),
        replays=_replays(draws),
        model=[("prior", "Dirichlet process"), ("component", "normal")],
        done=["90 rows were read from groups.csv."],
        columns_used=names,
        columns_left_out=[("id", "every value is different")],
        parameters=[("draws", "60")],
    )
    return replace(content, **changes)


def _bound(kind, partitions, labels):
    return BallBound(
        kind=kind,
        n_clusters=int(partitions[0].max()) + 1,
        distance=away(labels, partitions[0]),
        words=compare_partitions(labels, partitions[0]).sentence(),
        n_partitions=len(partitions),
    )


def _map(X, labels, names):
    plane = principal_plane(X)
    return PlaneMap(
        points=plane.coordinates,
        labels=labels,
        centers=np.array(
            [plane.coordinates[labels == j].mean(axis=0) for j in range(labels.max() + 1)]
        ),
        explained=(float(plane.explained[0]), float(plane.explained[1])),
        loadings=plane.axes,
        features=names,
    )


def _replays(draws):
    """All draws of each chain, behind a start of one cluster."""
    return [
        ChainReplay(
            name=f"chain {chain}",
            steps=np.arange(len(own) + 1),
            partitions=np.concatenate((np.zeros((1, own.shape[1]), dtype=np.int8), own)),
        )
        for chain, own in enumerate(draws)
    ]
