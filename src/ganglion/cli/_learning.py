"""A network trained on a table, for the screen, as JSON and for a report: its scores, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from rich.text import Text

from ..data import Table
from ..explain import ColumnImportance, column_importance
from ..nn.metrics import metrics
from ..nn.tables.training import TableTraining
from ..report.learning import LearningContent, ScoreRow
from ._printing import finite, grid, percent, plural, print_headline, print_table
from ._talk import Screen, clean
from ._version import VERSION

SCORE_NAMES = {
    "accuracy": "right",
    "balanced_accuracy": "right, classes counting alike",
    "log_loss": "log loss (nats)",
    "r2": "explained (R2)",
    "mae": "mean absolute error",
    "rmse": "root mean squared error",
}
SHARES = ("accuracy", "balanced_accuracy", "r2")
STOPPED = {
    "epochs": "the most that were allowed: it was still getting better, raise --epochs",
    "patience": "then it got no better on the rows that say when to stop",
}
JUDGING_ROWS = 2_000  # what a column is worth does not need more
# Numbers of them, in a wide table: as each column is shuffled, the time goes with rows times columns squared.
JUDGING_CELLS = 200_000
MOST_COLUMNS = 12
MOST_CONFUSED = 10
BAR = 20


@dataclass(frozen=True, kw_only=True)
class Learning:
    """What was asked for.

    Attributes
    ----------
    columns, task, max_categories
        As in `train_on_table`.
    hidden, epochs, patience, learning_rate, test_share
        As in `TableSettings`.
    seed : int
        Of split, first weights and orders.
    """

    columns: list[str] | None
    task: Literal["auto", "classification", "regression"]
    max_categories: int
    hidden: tuple[int, ...]
    epochs: int
    patience: int
    learning_rate: float
    test_share: float
    seed: int

    def settings(self) -> dict[str, Any]:
        """Return the arguments of `TableSettings`."""
        names = ("hidden", "epochs", "patience", "learning_rate", "test_share")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A trained network, and what each column is worth to it.

    Attributes
    ----------
    found : TableTraining
        The network and its scores.
    seed : int
        The seed that was used.
    importance : tuple of ColumnImportance
        In the units of the first score, the most important column first.
    """

    found: TableTraining
    seed: int
    importance: tuple[ColumnImportance, ...]


def judged(found: TableTraining, seed: int) -> Judged:
    """Shuffle each column of the rows kept back, of 2,000 of them where there are more; of fewer in a wide table."""
    rows, encoding = found.kept_back, found.model.encoding
    most = max(JUDGING_ROWS // 10, min(JUDGING_ROWS, JUDGING_CELLS // len(encoding.names)))
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
    table, truth = found.rows_of(rows), found.data.y[rows]
    metric, inputs = metrics[found.scores[0].name], encoding.encode(table)

    def score(shuffled: Table) -> float:
        changed = encoding.encode_changed(shuffled, table, inputs)
        predicted = found.model.predict_inputs(changed)
        outputs = predicted.values if predicted.probabilities is None else predicted.probabilities
        return float(metric(truth, outputs))

    parts = column_importance(score, table, random_state=seed)
    return Judged(found=found, seed=seed, importance=parts)


def score_text(name: str, value: float) -> str:
    """Return a score as it is read: shares in percent."""
    if name in SHARES:
        return percent(value) if value >= 0 else f"{100 * value:.1f} %"
    return f"{value:,.4g}"


def print_training(result: Judged, screen: Screen) -> None:
    """Print what was learned from what, how well, and what it rests on."""
    found = result.found
    data, model = found.data, found.model
    what = (
        plural(len(model.classes), "class").replace("classs", "classes")
        if model.classes
        else "a number"
    )
    columns = plural(len(model.columns), "column")
    source = model.source
    print_headline(screen, source, f"{clean(data.target, 60)} ({what}) from {columns}")
    blind = "by the shares alone" if model.classes else "by the mean alone"
    heads = ("the network", blind)
    scores = grid(f"of {plural(len(found.kept_back), 'row')} kept back", *heads, right=heads)
    for score in found.scores:
        values = (score.value, score.baseline)
        scores.add_row(SCORE_NAMES[score.name], *(score_text(score.name, v) for v in values))
    print_table(screen, scores)
    _print_importance(result, screen)
    _print_confusion(result, screen)
    screen.print(course(result), soft_wrap=True)


def course(result: Judged) -> str:
    """Return a sentence on how the training went."""
    found = result.found
    training, network = found.training, found.model.network
    sizes = " -> ".join(str(size) for size in network_sizes(network))
    stopped = STOPPED.get(training.stopped_by, training.stopped_by)
    return (
        f"Network {sizes}, {network.n_parameters:,} numbers. {plural(len(found.learned), 'row')} to learn from, "
        f"{len(found.watched):,} to say when to stop. {plural(training.n_epochs, 'epoch')}, {stopped}; the state after "
        f"epoch {training.best_epoch} is kept."
    )


def network_sizes(network: Any) -> list[int]:
    """Return inputs and neurons, layer by layer."""
    return [network.layers[0].n_in, *(layer.n_out for layer in network.layers)]


def _print_importance(result: Judged, screen: Screen) -> None:
    """Print how much worse the score gets when a column is shuffled."""
    shown = [part for part in result.importance if part.drop > 0][:MOST_COLUMNS]
    if not shown:
        return
    first = result.found.scores[0].name
    what = "points lost when shuffled" if first in SHARES else "lost when shuffled"
    table = grid("what it rests on", what, "", right=(what,))
    longest = max(part.drop for part in shown)
    mark = "#" if screen.options.ascii_only else "━"
    for part in shown:
        length = max(1, round(BAR * part.drop / longest))
        table.add_row(
            Text(clean(part.column, 60)),
            f"{100 * part.drop:.1f}",
            Text(mark * length, style="cyan"),
        )
    print_table(screen, table)


def _print_confusion(result: Judged, screen: Screen) -> None:
    """Print which classes were taken for which others, the most frequent first."""
    found = result.found
    if not found.model.classes:
        return
    names, confusion = found.model.classes, found.confusion()
    np.fill_diagonal(confusion, 0)
    order = np.argsort(-confusion, axis=None, kind="stable")[:MOST_CONFUSED]
    pairs = [divmod(int(at), len(names)) for at in order if confusion.flat[at] > 0]
    if not pairs:
        return
    table = grid("mistaken", "for", "rows", right=("rows",))
    for truth, called in pairs:
        cells = (Text(clean(names[truth], 60)), Text(clean(names[called], 60)))
        table.add_row(*cells, f"{confusion[truth, called]:,}")
    print_table(screen, table)


def training_json(result: Judged, files: dict[str, str]) -> dict[str, Any]:
    """Return the result as one object."""
    found = result.found
    data, model, training = found.data, found.model, found.training
    return {
        "ganglion": VERSION,
        "command": "train",
        "source": model.source,
        "target": data.target,
        "classes": list(model.classes),
        "columns": list(model.columns),
        "left_out": [{"column": name, "reason": reason} for name, reason in data.left_out],
        "notes": [*data.inputs.notes, *data.notes],
        "rows": {
            "learned": len(found.learned),
            "watched": len(found.watched),
            "kept_back": len(found.kept_back),
        },
        "network": network_sizes(model.network),
        "epochs": training.n_epochs,
        "best_epoch": training.best_epoch,
        "stopped_by": training.stopped_by,
        "seed": result.seed,
        "scores": {
            score.name: {"value": finite(score.value), "baseline": finite(score.baseline)}
            for score in found.scores
        },
        "confusion": found.confusion().tolist() if model.classes else None,
        "importance": {part.column: finite(part.drop) for part in result.importance},
        "loss_curve": [finite(value) for value in training.loss_curve],
        "validation_loss_curve": [finite(value) for value in training.validation_loss_curve],
        "files": files,
    }


def learning_content(result: Judged) -> LearningContent:
    """Return what the report is made from."""
    found = result.found
    data, model, training = found.data, found.model, found.training
    first = found.scores[0]
    is_class = bool(model.classes)
    truth = data.y[found.kept_back]
    pairs = () if is_class else zip(truth.tolist(), found.predictions.values.tolist(), strict=True)
    hidden = ",".join(map(str, model.settings["hidden"])) or "none"
    settings = {**model.settings, "hidden": hidden}
    return LearningContent(
        target=data.target,
        source=model.source,
        version=VERSION,
        headline=headline(result),
        scores=tuple(
            ScoreRow(
                name=SCORE_NAMES[score.name],
                value=score_text(score.name, score.value),
                baseline=score_text(score.name, score.baseline),
            )
            for score in found.scores
        ),
        importance=tuple(
            (part.column, part.drop, _points(first.name, part)) for part in result.importance
        ),
        classes=model.classes,
        confusion=tuple(map(tuple, found.confusion().tolist())) if is_class else (),
        points=tuple(pairs),
        loss=tuple(training.loss_curve.tolist()),
        watched_loss=tuple(training.validation_loss_curve.tolist()),
        best_epoch=training.best_epoch,
        course=course(result),
        columns=model.columns,
        left_out=data.left_out,
        notes=(*data.inputs.notes, *data.notes),
        parameters=(
            *((name.replace("_", " "), str(value)) for name, value in settings.items()),
            ("seed", str(result.seed)),
        ),
    )


def headline(result: Judged) -> str:
    """Return the result in one sentence."""
    found = result.found
    first = found.scores[0]
    value = score_text(first.name, first.value)
    rows = plural(len(found.kept_back), "row")
    if found.model.classes:
        right = int(np.trace(found.confusion()))
        return f"The network names {right:,} of {rows} right that it has never seen ({value})."
    return f"The network explains {value} of the variance of {found.data.target} in {rows} that it has never seen."


def _points(score: str, part: ColumnImportance) -> str:
    """Return what shuffling a column costs."""
    unit = " points" if score in SHARES else ""
    return f"{100 * part.drop:.1f}{unit}"
