"""`python -m benchmarks accuracy`: how good trained networks are, and how long their training takes."""

from __future__ import annotations

import gzip
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from . import results
from .systems import limit_threads

PACKAGES = ("torch",)
SEEDS = (0, 1, 2)
FASHION = Path("/usr/share/datasets/fashion-mnist")  # Debian's dataset-fashion-mnist
SIZES, EPOCHS, BATCH, RATE, DROPOUT = (784, 256, 128, 10), 20, 128, 2e-3, 0.2

METHOD = """Means over three seeds; every seed draws the folds, the first parameters and the orders. The first rows are
10-fold cross-validation with the same settings for both systems; seconds are those of a fold's fit, medians,
interleaved. Digits are divided by 16, the others standardised inside each fold. Fashion-MNIST is trained on its 60,000
rows and judged on its 10,000: 784-256-128-10 relu with dropout 0.2 behind each hidden layer, Adam, one cycle of the
learning rate up to 0.002, batches of 128, 20 epochs, float32, no early stopping; PyTorch does the same with its fused
Adam, and its seconds are the shortest over 1 and 2 threads."""


@dataclass(frozen=True)
class Judged:
    """One row of the table."""

    title: str
    measure: str
    bar: float
    peer: str
    scores: dict[str, float]
    seconds: dict[str, float]

    def cells(self) -> list[str]:
        """Return the row as texts."""
        ours, theirs = self.seconds["ganglion"], self.seconds[self.peer]
        return [
            self.title,
            self.measure,
            f"{self.bar:g}",
            f"{self.scores['ganglion']:.4f}",
            f"{self.scores[self.peer]:.4f} ({self.peer})",
            f"{ours:.3g}",
            f"{theirs:.3g}",
            f"{theirs / ours:.1f}",
        ]


def cross_validated(
    title: str, measure: str, bar: float, data: Any, models: dict[str, Callable[[int], Any]]
) -> Judged:
    """Fit and judge every model on the same ten folds, for each seed."""
    from sklearn.model_selection import KFold, StratifiedKFold

    X, y = data
    scores: dict[str, list[float]] = {name: [] for name in models}
    seconds: dict[str, list[float]] = {name: [] for name in models}
    kind = StratifiedKFold if measure == "accuracy" else KFold
    for seed in SEEDS:
        folds = kind(10, shuffle=True, random_state=seed)
        for train, test in folds.split(X, y):
            for name, make in models.items():
                model = make(seed)
                start = time.perf_counter()
                model.fit(X[train], y[train])
                seconds[name].append(time.perf_counter() - start)
                scores[name].append(float(model.score(X[test], y[test])))
    return Judged(
        title,
        measure,
        bar,
        "scikit-learn",
        {name: float(np.mean(values)) for name, values in scores.items()},
        {name: float(np.median(values)) for name, values in seconds.items()},
    )


def small_rows() -> list[Judged]:
    """Judge on the three sets that come with scikit-learn."""
    from sklearn import neural_network as theirs
    from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    import ganglion as gl

    def both(kind: str, *, scale: bool, **settings: Any) -> dict[str, Callable[[int], Any]]:
        def maker(home: Any) -> Callable[[int], Any]:
            def make(seed: int) -> Any:
                model = getattr(home, kind)(random_state=seed, **settings)
                return make_pipeline(StandardScaler(), model) if scale else model

            return make

        return {"ganglion": maker(gl), "scikit-learn": maker(theirs)}

    X, y = load_digits(return_X_y=True)
    return [
        cross_validated(
            "digits, 100 hidden neurons, 300 epochs at most",
            "accuracy",
            0.978,
            (X / 16, y),
            both("MLPClassifier", scale=False, max_iter=300),
        ),
        cross_validated(
            "breast cancer, the default",
            "accuracy",
            0.97,
            load_breast_cancer(return_X_y=True),
            both("MLPClassifier", scale=True),
        ),
        cross_validated(
            "diabetes, 100 hidden neurons, L-BFGS, alpha 1000",
            "R2",
            0.45,
            load_diabetes(return_X_y=True),
            both("MLPRegressor", scale=True, solver="lbfgs", alpha=1000.0),
        ),
    ]


def fashion() -> tuple[Any, Any, Any, Any]:
    """Return rows and labels to learn from, and to judge by; pixels with mean 0 and variance 1."""

    def read(name: str, offset: int) -> Any:
        return np.frombuffer(gzip.open(FASHION / name).read(), np.uint8, offset=offset)

    def rows(name: str) -> Any:
        pixels = read(name, 16).reshape(-1, 784).astype(np.float32) / 255
        return np.ascontiguousarray((pixels - 0.2860) / 0.3530)

    return (
        rows("train-images-idx3-ubyte.gz"),
        read("train-labels-idx1-ubyte.gz", 8).astype(np.int64),
        rows("t10k-images-idx3-ubyte.gz"),
        read("t10k-labels-idx1-ubyte.gz", 8).astype(np.int64),
    )


def ours_on_fashion(data: Any, seed: int) -> tuple[float, float]:
    """Return accuracy and seconds."""
    from ganglion import nn

    X, y, Xt, yt = data
    layers: list[Any] = []
    for before, after in pairwise(SIZES[:-1]):
        layers += [nn.Dense(before, after, "relu"), nn.Dropout(DROPOUT)]
    layers.append(nn.Dense(SIZES[-2], SIZES[-1], "softmax"))
    network = nn.Network(layers, "cross_entropy", random_state=seed, dtype="float32")
    start = time.perf_counter()
    nn.train(
        network,
        X,
        y,
        optimizer=nn.Adam(RATE),
        epochs=EPOCHS,
        batch_size=BATCH,
        schedule=nn.schedules.OneCycle(),
        random_state=seed,
    )
    seconds = time.perf_counter() - start
    return float(np.mean(network.forward(Xt).argmax(axis=1) == yt)), seconds


def torch_on_fashion(data: Any, seed: int, threads: int) -> tuple[float, float]:
    """Return accuracy and seconds of the same training in PyTorch."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    X, y, Xt, yt = (torch.from_numpy(part) for part in data)
    parts: list[torch.nn.Module] = []
    for before, after in pairwise(SIZES[:-1]):
        layer = torch.nn.Linear(before, after)
        torch.nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
        parts += [layer, torch.nn.ReLU(), torch.nn.Dropout(DROPOUT)]
    net = torch.nn.Sequential(*parts, torch.nn.Linear(SIZES[-2], SIZES[-1]))
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE, fused=True)
    steps = EPOCHS * -(-len(X) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, RATE, total_steps=steps, cycle_momentum=False
    )
    loss_of = torch.nn.CrossEntropyLoss()
    start = time.perf_counter()
    for _ in range(EPOCHS):
        order = torch.randperm(len(X))
        rows, labels = X[order], y[order]
        for i in range(0, len(X), BATCH):
            loss = loss_of(net(rows[i : i + BATCH]), labels[i : i + BATCH])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    seconds = time.perf_counter() - start
    net.eval()
    with torch.no_grad():
        return float((net(Xt).argmax(dim=1) == yt).float().mean()), seconds


def fashion_row() -> Judged:
    """Judge on Fashion-MNIST, both systems in turns."""
    data = fashion()
    ours, theirs = [], []
    for seed in SEEDS:
        ours.append(ours_on_fashion(data, seed))
        both = [torch_on_fashion(data, seed, threads) for threads in (1, 2)]
        theirs.append((both[0][0], min(seconds for _, seconds in both)))
    return Judged(
        f"Fashion-MNIST, {'-'.join(map(str, SIZES))}, dropout, {EPOCHS} epochs",
        "accuracy",
        0.897,
        "PyTorch",
        {"ganglion": float(np.mean(ours, axis=0)[0]), "PyTorch": float(np.mean(theirs, axis=0)[0])},
        {
            "ganglion": float(np.median(ours, axis=0)[1]),
            "PyTorch": float(np.median(theirs, axis=0)[1]),
        },
    )


def default_fit() -> str:
    """Return a sentence: seconds of the default classifier's fit on digits."""
    from sklearn import neural_network as theirs
    from sklearn.datasets import load_digits

    import ganglion as gl

    X, y = load_digits(return_X_y=True)
    seconds: dict[Any, list[float]] = {gl.MLPClassifier: [], theirs.MLPClassifier: []}
    for seed in SEEDS:
        for kind, times in seconds.items():
            start = time.perf_counter()
            kind(random_state=seed).fit(X, y)
            times.append(time.perf_counter() - start)
    ours, peers = (float(np.median(times)) for times in seconds.values())
    return f"The default classifier's fit on digits: {ours:.2g} s, scikit-learn's {peers:.2g} s (medians of three)."


def main(names: str | None, *, quick: bool, threads: int) -> str:
    """Judge all, say each row as it is done, and return the section."""
    if names is not None or quick:
        raise SystemExit(
            "accuracy has no --rows and no --quick: it is small data and one long row."
        )
    rows: list[list[str]] = []
    with limit_threads(threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits = default_fit()
        print(fits, flush=True)
        judged = small_rows()
        if FASHION.is_dir():
            judged.append(fashion_row())
        for row in judged:
            rows.append(row.cells())
            print("; ".join(rows[-1]), flush=True)
    header = ["data, network", "measure", "bar", "ganglion", "peer", "s", "peer s", "peer / ours"]
    versions = ", ".join(f"{package} {results.version(package)}" for package in PACKAGES)
    setting = f"{results.setting(threads)} Also {versions}."
    return "\n\n".join(
        ["## Accuracy", setting, results.paragraph(METHOD), results.markdown(header, rows), fits]
    )
