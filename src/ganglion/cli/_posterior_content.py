"""A posterior over partitions of a table as a report and as one JSON object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cluster.bayesian import binder, variation_of_information
from ..explain.partitions import compare_partitions
from ..explain.plane import Plane, principal_plane
from ..explain.posterior import together
from ..report import (
    BallBound,
    ChainRecord,
    ChainReplay,
    CredibleReach,
    PlaneMap,
    PosteriorReport,
    Verdict,
)
from ..report._sampling import sample_steps
from ._explained_content import rules_json
from ._page_sections import table_sections
from ._posterior import ENOUGH_PER_CHAIN, LEVEL, PosteriorFound
from ._printing import finite
from ._version import VERSION

FRAMES = 240
LOSSES = {"vi": "variation of information", "binder": "Binder's loss"}
UNITS = {"vi": "bits of variation of information", "binder": "of Binder's loss"}

Json = dict[str, Any]


def posterior_content(found: PosteriorFound, *, title: str) -> PosteriorReport:
    """Return all that the report of a posterior says."""
    model, sample = found.model, found.sample
    plane = principal_plane(model.design.X)
    return PosteriorReport(
        title=title,
        source=model.table.source,
        version=VERSION,
        seed=found.settings.seed,
        noun="row",
        plane=_map(found, plane),
        certainty=np.clip(found.certainty, 0.0, 1.0),
        cards=found.cards,
        counts=_counts(sample.n_clusters),
        components=found.components(),
        verdict=_verdict(found),
        reach=_reach(found),
        similar=together(sample.draws, found.labels),
        chains=_record(found),
        replays=_replays(found),
        model=_model(found),
        done=_done(found),
        columns_used=model.coded.names,
        columns_left_out=model.design.left_out,
        parameters=_parameters(found),
        sections=table_sections(model.table, found.rules),
    )


def _map(found: PosteriorFound, plane: Plane) -> PlaneMap:
    """The rows in the plane, with the means of their clusters."""
    model, labels = found.model, found.labels
    centers = [plane.coordinates[labels == j].mean(axis=0) for j in range(found.k)]
    complete = len(found.rows) == model.table.n_rows
    return PlaneMap(
        points=plane.coordinates,
        labels=labels,
        centers=np.array(centers),
        explained=(float(plane.explained[0]), float(plane.explained[1])),
        loadings=plane.axes,
        features=model.design.names,
        rows=None if complete else [f"{row + 1:,}" for row in found.rows.tolist()],
    )


def _counts(n_clusters: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of each chain's draws with 0, 1, ... clusters."""
    last = int(n_clusters.max()) + 1
    return np.stack([np.bincount(own, minlength=last) / len(own) for own in n_clusters])


def _verdict(found: PosteriorFound) -> Verdict:
    """What the diagnostics say."""
    judged = found.diagnostics
    return Verdict(
        is_good=judged.verdict == "converged",
        sentence=" ".join((judged.sentence, found.advice())).strip(),
        statistics=[(name, judged.r_hat[name], judged.ess[name]) for name in judged.r_hat],
        enough=float(ENOUGH_PER_CHAIN * judged.n_chains),
    )


def _reach(found: PosteriorFound) -> CredibleReach:
    """The credible ball, its bounds in words."""
    bounds = [_bound(found, kind) for kind in ("upper", "lower", "horizontal")]
    return CredibleReach(
        level=LEVEL,
        radius=found.ball.radius,
        unit=UNITS[found.settings.loss],
        expected=found.loss,
        bounds=bounds,
    )


def _bound(found: PosteriorFound, kind: str) -> BallBound:
    """One bound: the first of the partitions that are equally far."""
    partitions = getattr(found.ball, kind)
    away = variation_of_information if found.settings.loss == "vi" else binder
    return BallBound(
        kind=kind,
        n_clusters=int(partitions[0].max()) + 1,
        distance=away(found.labels, partitions[0]),
        words=compare_partitions(found.labels, partitions[0]).sentence("row"),
        n_partitions=len(partitions),
    )


def _record(found: PosteriorFound) -> ChainRecord:
    """What the chains did in every sweep, or at every draw where there were none."""
    history = found.sample.history
    if history is None:
        return ChainRecord(
            log_posterior=found.sample.log_posterior,
            n_clusters=found.sample.n_clusters,
            n_before=0,
            unit="draw",
        )
    return ChainRecord(
        log_posterior=history.log_posterior,
        n_clusters=history.n_clusters,
        n_before=min(history.n_burn_in, history.n_clusters.shape[1]),
        unit="sweep",
    )


def _replays(found: PosteriorFound) -> list[ChainReplay]:
    """Some hundred partitions of each chain, close together at the start, where most happens."""
    history, draws = found.sample.history, found.sample.draws
    if found.sample.algorithm == "variational":
        return []
    if history is not None and history.labels is not None:
        steps = _steps_played(history.labels.shape[1] - 1, history.n_burn_in)
        kept = history.labels[:, steps]
    else:
        at = sample_steps(draws.shape[1], FRAMES)
        first, thin = (0, 1) if history is None else (history.n_burn_in, history.thin)
        steps, kept = first + thin * (at + 1), draws[:, at]
    return [
        ChainReplay(name=f"chain {chain}", steps=steps, partitions=own)
        for chain, own in enumerate(kept)
    ]


def _steps_played(n_steps: int, n_before: int) -> NDArray[np.int64]:
    """Half of the frames for what came before the first draw, dense early, half for the draws, evenly."""
    if n_steps + 1 <= FRAMES or n_before >= n_steps:
        return sample_steps(n_steps + 1, FRAMES)
    before = sample_steps(n_before + 1, FRAMES // 2)
    after = np.linspace(n_before + 1, n_steps, FRAMES - len(before)).round().astype(np.int64)
    return np.unique(np.concatenate((before, after)))


def _model(found: PosteriorFound) -> list[tuple[str, str]]:
    """Prior and components for a person, and what was drawn along."""
    told = [("partitions", found.prior.words())]
    for name, drawn in found.sample.hyperparameters.items():
        low, middle, high = np.quantile(drawn, (0.025, 0.5, 0.975)).tolist()
        told.append((name, f"{middle:.3g} in the middle, 95 % between {low:.3g} and {high:.3g}"))
    told += [("rows of a cluster", f"{columns}: {words}") for columns, words in found.model.words]
    told.append(("hyperparameters", repr(found.sample.component)))
    return told


def _done(found: PosteriorFound) -> list[str]:
    """What was done, a sentence each."""
    model, settings, sample = found.model, found.settings, found.sample
    table = model.table
    columns = f"{len(table.columns):,} column{'' if len(table.columns) == 1 else 's'}"
    sentences = [f"{table.n_rows:,} rows and {columns} were read from {table.source}."]
    sentences += [
        f"{note[:1].upper()}{note[1:]}." for note in (*model.table.notes, *model.coded.notes)
    ]
    chains = "chain" if sample.n_chains == 1 else "chains"
    sentences.append(
        f"{sample.n_chains} {chains} of {sample.n_draws:,} draws, after {settings.burn_in:,} sweeps each that are not "
        f"counted ({sample.algorithm})."
    )
    if sample.algorithm in ("variational", "subcluster"):
        sentences.append(
            f"The algorithm ({sample.algorithm}) is approximate: certainties may be too high."
        )
    if sample.stopped_by != "n_draws":
        sentences.append(
            f"The run was ended early ({sample.stopped_by.replace('_', ' ')}): {settings.draws:,} draws were asked for."
        )
    sentences.append(
        f"The clusters shown have the smallest expected distance to all draws ({LOSSES[settings.loss]}); no single "
        "draw is taken for the answer."
    )
    sentences.append("Clusters are numbered by size, the largest 0.")
    return sentences


def _parameters(found: PosteriorFound) -> list[tuple[str, str]]:
    """Name and value of what was set."""
    settings = found.settings
    return [
        ("prior", found.prior.prior),
        ("component", settings.component),
        ("draws", f"{settings.draws:,}"),
        ("burn-in", f"{settings.burn_in:,}"),
        ("chains", str(settings.chains)),
        ("thin", str(settings.thin)),
        ("loss", settings.loss),
        ("algorithm", found.sample.algorithm),
    ]


def posterior_json(found: PosteriorFound, files: Mapping[str, str | None]) -> Json:
    """Return a posterior as one object of JSON."""
    model, settings = found.model, found.settings
    return {
        "ganglion": VERSION,
        "command": "cluster",
        "method": "bayes",
        "source": model.table.source,
        "rows": model.table.n_rows,
        "rows_used": len(found.rows),
        "missing": model.coded.missing,
        "columns": list(model.coded.names),
        "left_out": [{"column": name, "reason": reason} for name, reason in model.design.left_out],
        "notes": [*model.table.notes, *model.coded.notes],
        "k": found.k,
        "k_from": "posterior",
        "seed": settings.seed,
        "prior": found.prior.words(),
        "component": repr(found.sample.component),
        "algorithm": found.sample.algorithm,
        "chains": found.sample.n_chains,
        "draws": found.sample.n_draws,
        "burn_in": settings.burn_in,
        "stopped_by": found.sample.stopped_by,
        "loss": settings.loss,
        "expected_loss": finite(found.loss),
        **_judged_json(found),
        "n_clusters_posterior": _shares_json(found.counts()),
        "n_components_posterior": _shares_json(found.components()),
        "credible_ball": _ball_json(found),
        "clusters": _clusters_json(found),
        "rules": None if found.rules is None else rules_json(found.rules),
        "files": {what: path for what, path in files.items() if path is not None},
    }


def _judged_json(found: PosteriorFound) -> Json:
    """Return the verdict and what it rests on, and the means of what was drawn along."""
    judged = found.diagnostics
    return {
        "verdict": judged.verdict,
        "diagnosis": judged.sentence,
        "r_hat": {name: finite(value) for name, value in judged.r_hat.items()},
        "ess": {name: finite(value) for name, value in judged.ess.items()},
        "hyperparameters": {
            name: finite(float(np.mean(drawn)))
            for name, drawn in found.sample.hyperparameters.items()
        },
    }


def _shares_json(shares: Mapping[int, float] | None) -> Json | None:
    """Return probabilities by number."""
    return None if shares is None else {str(k): finite(share) for k, share in shares.items()}


def _ball_json(found: PosteriorFound) -> Json:
    """Return the ball with its bounds in words."""
    bounds = {kind: _bound(found, kind) for kind in ("upper", "lower", "horizontal")}
    return {
        "level": LEVEL,
        "radius": finite(found.ball.radius),
        "bounds": {
            kind: {"k": bound.n_clusters, "distance": finite(bound.distance), "words": bound.words}
            for kind, bound in bounds.items()
        },
    }


def _clusters_json(found: PosteriorFound) -> list[Json]:
    """Return each cluster with its certainty."""
    return [
        {
            "label": card.label,
            "size": card.size,
            "share": card.share,
            "certainty": finite(float(found.certainty[found.labels == card.label].mean())),
            "sentence": card.sentence,
        }
        for card in found.cards
    ]
