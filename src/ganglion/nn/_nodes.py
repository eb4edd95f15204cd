"""The primitives of a network: the weighted sums of a layer as one node, and the nodes that a trace shows.

A trace shows a neuron as two nodes, its weighted sum and its output, and the loss as one. Each of them is a primitive,
so that upstream, local derivative and product come from the same pass as all others. The slopes of activations and
losses are the engine's own rules; nothing is derived twice.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..autodiff.graph import PRIMITIVES, Options, Primitive, Rule, Value
from ..autodiff.primitives._rules import unbroadcast
from ..autodiff.transforms import vjp
from ._given import OwnLoss
from .activations import Activation
from .losses import Loss

Floats = npt.NDArray[np.float64]
Local = Callable[[int, Value, Any], Value]

# A longer sum is written with its first terms and its last one.
SHOWN_TERMS = 6
# Outputs whose logarithm is taken stay between these: the least number with a finite inverse, the last one below 1.
LEAST = float(np.finfo(np.float64).tiny)
LAST_BELOW_1 = 1.0 - 2.0**-53


def _affine(x: Value, W: Value, b: Value) -> Value:
    """x W + b; the product's memory takes the sum."""
    z = np.matmul(x, W)
    z += b
    return z


def _affine_pull(
    position: int, upstream: Value, y: Value, arguments: Any, options: Options
) -> Value:
    if position == 2:
        return upstream if len(upstream.shape) == 1 else np.sum(upstream, axis=0)
    product = PRIMITIVES["matmul"].pull
    assert product is not None
    return product(position, upstream, y, arguments[:2], options)


def _affine_push(
    position: int, tangent: Value, y: Value, arguments: Any, options: Options
) -> Value:
    if position == 2:
        return np.broadcast_to(tangent, y.shape)
    product = PRIMITIVES["matmul"].push
    assert product is not None
    return product(position, tangent, y, arguments[:2], options)


affine = Primitive(
    "affine",
    _affine,
    pull=_affine_pull,
    push=_affine_push,
    formula="{0} @ {1} + {2}",
    latex="#1 #2 + #3",
)


def _of_numbers(name: str, forward: Callable[..., Value], local: Local, formula: str) -> Primitive:
    """Return a primitive from numbers to one number, given its derivative by each of them."""

    def scaled(position: int, value: Value, y: Value, arguments: Any, options: Options) -> Value:
        return value * local(position, y, arguments)

    return Primitive(name, forward, pull=scaled, push=scaled, local=local, formula=formula)


def _joined(terms: list[str], sign: str = " + ") -> str:
    """Join terms; many are written as the first ones, dots, and the last one."""
    if len(terms) > SHOWN_TERMS:
        terms = [*terms[: SHOWN_TERMS - 1], "...", terms[-1]]
    return sign.join(terms)


@cache
def weighted_sum(n_in: int, *, bias: bool) -> Primitive:
    """Return the primitive of (x_1 ... x_m, w_1 ... w_m, b): the sum of w_i x_i, and b."""

    def forward(*values: Value) -> Value:
        terms = [values[i] * values[n_in + i] for i in range(n_in)]
        return sum(terms[1:], terms[0]) + values[-1] if bias else sum(terms[1:], terms[0])

    def local(position: int, y: Value, arguments: Any) -> Value:
        return 1.0 if position == 2 * n_in else arguments[(position + n_in) % (2 * n_in)]

    terms = [f"{{{n_in + i}}} * {{{i}}}" for i in range(n_in)]
    if bias:
        terms.append(f"{{{2 * n_in}}}")
    return _of_numbers("weighted_sum", forward, local, _joined(terms))


def _held(name: str, z: Value, *, is_held: bool) -> Value:
    """Return the outputs of the last layer, `is_held` inside (0, 1) where the loss takes their logarithm.

    An output that rounds to 0 would have the slope -infinity in the loss and 0 in its activation; their product would
    be no number, where the truth is finite. The activations' slopes are written in their outputs: a (1 - a) for
    sigmoid. The loss's slopes are 1 / a and 1 / (1 - a). The a cancels, whatever it is, and so an output that is held
    where both slopes are finite leads to the exact gradient.
    """
    options = {"axis": -1} if name == "softmax" else {}
    a = PRIMITIVES[name](z, **options)
    return np.clip(a, LEAST, LAST_BELOW_1 if name == "sigmoid" else 1.0) if is_held else a


@cache
def held_output(name: str) -> Primitive:
    """Return sigmoid or softmax (of the last axis) with outputs inside (0, 1), as one node."""

    def forward(z: Value, **options: Any) -> Value:
        return _held(name, z, is_held=True)

    known = PRIMITIVES[name]
    return Primitive(
        name, forward, pull=known.pull, push=known.push, local=known.local, formula=f"{name}({{0}})"
    )


@cache
def softmax_component(k: int, n: int, *, is_held: bool) -> Primitive:
    """Return the primitive of (z_1 ... z_n): output k of their softmax."""

    def outputs(z: Any) -> Floats:
        return _held("softmax", np.array(z), is_held=is_held)

    def local(position: int, y: Value, arguments: Any) -> Value:
        pull = PRIMITIVES["softmax"].pull
        assert pull is not None
        seed = np.zeros(n)
        seed[k] = 1.0
        return pull(0, seed, outputs(arguments), (np.array(arguments),), {"axis": -1})[position]

    inside = _joined([f"{{{i}}}" for i in range(n)], ", ")
    return _of_numbers("softmax", lambda *z: outputs(z)[k], local, f"softmax({inside})[{k}]")


def own_activation(activation: Activation) -> Primitive:
    """Return an elementwise activation that the caller wrote, of a number or an array, as one node."""

    def forward(z: Value) -> Value:
        return np.reshape(activation(np.reshape(z, (1, -1))), np.shape(z))[()]

    def local(position: int, y: Value, arguments: Any) -> Value:
        z = arguments[0]
        return np.reshape(activation.derivative(np.reshape(z, (1, -1))), np.shape(z))[()]

    def scaled(position: int, value: Value, y: Value, arguments: Any, options: Options) -> Value:
        return value * local(position, y, arguments)

    name = activation.name
    return Primitive(name, forward, pull=scaled, push=scaled, local=local, formula=f"{name}({{0}})")


def own_outputs(activation: Activation) -> Primitive:
    """Return an activation of whole rows that the caller wrote, of an array (k,), as one node."""

    def forward(z: Value) -> Value:
        return activation(np.reshape(z, (1, -1)))[0]

    def pull(position: int, upstream: Value, y: Value, arguments: Any, options: Options) -> Value:
        return upstream @ activation.derivative(arguments[0].reshape(1, -1))[0]

    def push(position: int, tangent: Value, y: Value, arguments: Any, options: Options) -> Value:
        return activation.derivative(arguments[0].reshape(1, -1))[0] @ tangent

    name = activation.name
    return Primitive(name, forward, pull=pull, push=push, formula=f"{name}({{0}})")


def own_component(activation: Activation, k: int, n: int) -> Primitive:
    """Return the primitive of (z_1 ... z_n): output k of an activation of whole rows that the caller wrote."""

    def forward(*z: Value) -> Value:
        return activation(np.array([z]))[0, k]

    def local(position: int, y: Value, arguments: Any) -> Value:
        return activation.derivative(np.array([arguments]))[0, k, position]

    inside = _joined([f"{{{i}}}" for i in range(n)], ", ")
    return _of_numbers(activation.name, forward, local, f"{activation.name}({inside})[{k}]")


def _scaled(v: Value, mean: Value, deviation: Value, gamma: Value, beta: Value) -> Value:
    return gamma * ((v - mean) / deviation) + beta


def _scaled_local(position: int, y: Value, arguments: Any) -> Value:
    v, mean, deviation, gamma, _ = arguments
    if position < 2:
        return gamma / deviation if position == 0 else -gamma / deviation
    if position == 4:
        return np.ones_like(v)[()]
    away = (v - mean) / deviation
    return away if position == 3 else -gamma * away / deviation


def _scaled_pull(
    position: int, upstream: Value, y: Value, arguments: Any, options: Options
) -> Value:
    share = upstream * _scaled_local(position, y, arguments)
    return unbroadcast(share, np.asarray(arguments[position]))


def _scaled_push(
    position: int, tangent: Value, y: Value, arguments: Any, options: Options
) -> Value:
    return tangent * _scaled_local(position, y, arguments)


scaled = Primitive(
    "scaled",
    _scaled,
    pull=_scaled_pull,
    push=_scaled_push,
    local=_scaled_local,
    formula="{3} * ({0} - {1}) / {2} + {4}",
    latex=r"#4 \frac{#1 - #2}{#3} + #5",
)


def scaled_by(mean: Value, deviation: Value, text: str) -> Primitive:
    """Return `scaled` as a primitive of (v, gamma, beta): mean and deviation are fixed, (v - mean) / them is `text`."""

    def rule(of: Rule) -> Rule:
        def with_fixed(
            position: int, value: Value, y: Value, arguments: Any, options: Options
        ) -> Value:
            v, gamma, beta = arguments
            return of((0, 3, 4)[position], value, y, (v, mean, deviation, gamma, beta), options)

        return with_fixed

    def forward(v: Value, gamma: Value, beta: Value) -> Value:
        return _scaled(v, mean, deviation, gamma, beta)

    def local(position: int, y: Value, arguments: Any) -> Value:
        v, gamma, beta = arguments
        return _scaled_local((0, 3, 4)[position], y, (v, mean, deviation, gamma, beta))

    formula = f"{{1}} * {text} + {{2}}"
    return Primitive(
        "scaled",
        forward,
        pull=rule(_scaled_pull),
        push=rule(_scaled_push),
        local=local,
        formula=formula,
    )


def deviation_of_array(epsilon: float) -> Primitive:
    """Return the root of the variance of an array (n,) and epsilon, as one node."""

    def forward(v: Value) -> Value:
        return np.sqrt(np.var(v) + epsilon)

    def pull(position: int, upstream: Value, y: Value, arguments: Any, options: Options) -> Value:
        v: Floats = arguments[0]
        return upstream * (v - np.mean(v)) / (v.size * y)

    def push(position: int, tangent: Value, y: Value, arguments: Any, options: Options) -> Value:
        v: Floats = arguments[0]
        return np.sum(tangent * (v - np.mean(v))) / (v.size * y)

    formula = f"sqrt(var({{0}}) + {epsilon:g})"
    return Primitive("deviation", forward, pull=pull, push=push, formula=formula)


def deviation_of_numbers(n: int, epsilon: float) -> Primitive:
    """Return the root of the variance of (v_1 ... v_n) and epsilon."""

    def forward(*v: Value) -> Value:
        return np.sqrt(np.var(v) + epsilon)

    def local(position: int, y: Value, arguments: Any) -> Value:
        return (arguments[position] - np.mean(np.array(arguments, dtype=np.float64))) / (n * y)

    inside = _joined([f"{{{i}}}" for i in range(n)], ", ")
    return _of_numbers("deviation", forward, local, f"sqrt(var({inside}) + {epsilon:g})")


def mean_of_numbers(n: int) -> Primitive:
    """Return the mean of (v_1 ... v_n)."""

    def local(position: int, y: Value, arguments: Any) -> Value:
        return 1.0 / n

    inside = _joined([f"{{{i}}}" for i in range(n)], ", ")
    return _of_numbers("mean", lambda *v: np.mean(v), local, f"mean({inside})")


def loss_of_numbers(loss: Loss, targets: Floats) -> Primitive:
    """Return the loss of one row as a primitive of the outputs (a_1 ... a_k); the targets are fixed."""

    def forward(*outputs: Value) -> Value:
        return loss.of_outputs(np.array(outputs), targets)

    def local(position: int, y: Value, arguments: Any) -> Value:
        return _loss_slope(loss, targets, np.array(arguments))[position]

    return _of_numbers(loss.name, forward, local, _loss_text(loss, targets))


def _loss_slope(loss: Loss, targets: Floats, a: Floats) -> Floats:
    """Return the derivative of the loss of one row by each output, from the engine."""

    def of_outputs(outputs: Value) -> Value:
        return loss.of_outputs(outputs, targets)

    return vjp(of_outputs, a)[1](np.float64(1.0))[0]


def _loss_text(loss: Loss, targets: Floats) -> str:
    """Return the loss with a term for each output; of many, those that count."""
    if isinstance(loss.of_outputs, OwnLoss):
        outputs = _joined([f"{{{i}}}" for i in range(len(targets))], ", ")
        return f"{loss.name}([{outputs}], [{_joined([f'{y:g}' for y in targets.tolist()], ', ')}])"
    k = len(targets) * loss.outputs_per_target
    texts = loss.terms([f"{{{i}}}" for i in range(k)], targets.tolist())
    if len(texts) > SHOWN_TERMS and loss.term.startswith("{y} *"):
        texts = [*(text for text, y in zip(texts, targets, strict=True) if y != 0), "..."]
    terms = _joined(texts)
    return f"{loss.factor}({terms})" if len(texts) > 1 and loss.factor else loss.factor + terms


def loss_of_array(loss: Loss, targets: Floats) -> Primitive:
    """Return the loss of one row as a primitive of the outputs (k,) as an array; the targets are fixed."""

    def forward(a: Value) -> Value:
        return loss.of_outputs(a, targets)

    def pull(position: int, upstream: Value, y: Value, arguments: Any, options: Options) -> Value:
        return upstream * _loss_slope(loss, targets, arguments[0])

    def push(position: int, tangent: Value, y: Value, arguments: Any, options: Options) -> Value:
        return np.sum(tangent * _loss_slope(loss, targets, arguments[0]))

    shown = f"[{_joined([f'{y:g}' for y in targets.tolist()], ', ')}]"
    is_own = isinstance(loss.of_outputs, OwnLoss)
    formula = f"{loss.name}({{0}}, {shown})" if is_own else loss.text("{0}", shown)
    return Primitive(loss.name, forward, pull=pull, push=push, formula=formula)
