"""Muon: steps for hidden weight matrices that are about equally long in every direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np

from .._errors import ParameterError
from ._engine.products import Product
from ._ranges import flag, number_in
from .methods.adam import AdamW
from .methods.optimiser import Array, Optimiser, State

# The quintic of K. Jordan's reference: the steepest at 0 that keeps singular values between about 0.7 and 1.2.
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
LEAST_NORM = 1e-7
N_ITERATIONS = 5
INNER = "adamw."  # before the names of the inner optimiser's state


@final
class Muon(Optimiser):
    """Momentum whose matrices are made nearly orthogonal before each step; other parameters follow AdamW.

    Parameters
    ----------
    learning_rate : float, default 0.02
        The factor of a matrix's step, above 0. A step has about this size in every direction.
    momentum : float, default 0.95
        How much of the running mean of the gradients stays at each step, from 0 to below 1.
    nesterov : bool, default True
        Whether to look ahead: the mean of gradient and running mean, in the place of the latter.
    weight_decay : float, default 0.1
        How fast matrices shrink, by learning_rate * weight_decay of themselves at each step, at least 0.
    matrices : sequence of str, optional
        The names of the weight matrices that are stepped so. By default the hidden ones, which are all but the first
        and the last; the reference leaves the layers of inputs and outputs to AdamW.
    others : AdamW, optional
        What steps all other parameters: first and last weights, biases, gains. By default AdamW with the learning rate
        3e-4 and no weight decay. A schedule moves both rates in proportion.

    Raises
    ------
    ParameterError
        A number outside its range; at the first step, a network without a hidden matrix, or names that it has not.

    Notes
    -----
    For a weight matrix W (n_in, n_out) with gradient G, with p(X) = a X + (b X X' + c (X X')^2) X:

        M <- momentum M + (1 - momentum) G            N = momentum M + (1 - momentum) G, or M without nesterov
        O = p(p(p(p(p(N / |N|)))))                    the Newton-Schulz iteration, a, b, c = 3.4445, -4.7750, 2.0315
        W <- W (1 - rate weight_decay) - rate sqrt(max(1, n_out / n_in)) O

    which are torch's steps (torch.optim.Muon), except that torch iterates in bfloat16 and this library in the network's
    own precision. The products are the library's own, so that threads do not show. Steps are made in Python; a step
    costs about 10 n_in n_out min(n_in, n_out) multiply-adds a matrix beside the gradient, and one moment of memory.

    References
    ----------
    K. Jordan, Y. Jin, V. Boza, J. You, F. Cesista, L. Newhouse and J. Bernstein, "Muon: an optimizer for hidden layers
    in neural networks", 2024, https://kellerjordan.github.io/posts/muon/

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> layers = [gl.nn.Dense(4, 8, "relu"), gl.nn.Dense(8, 8, "relu"), gl.nn.Dense(8, 2, "softmax")]
    >>> network = gl.nn.Network(layers, "cross_entropy", random_state=0)
    >>> X, y = np.random.default_rng(0).normal(size=(20, 4)), np.arange(20) % 2
    >>> before = network.parameters["W2"].copy()
    >>> gl.nn.Muon(weight_decay=0).step(network.parameters, network.gradients(X, y))
    >>> bool(np.linalg.norm(network.parameters["W2"] - before, 2) < 0.02 * 1.3)
    True
    """

    has_first = True

    def __init__(
        self,
        learning_rate: float = 0.02,
        *,
        momentum: float = 0.95,
        nesterov: bool = True,
        weight_decay: float = 0.1,
        matrices: Sequence[str] | None = None,
        others: AdamW | None = None,
    ) -> None:
        super().__init__(learning_rate)
        self.momentum = number_in(momentum, "Muon: momentum", least=0.0, below=1.0)
        self.weight_decay = number_in(weight_decay, "Muon: weight_decay", least=0.0)
        self.nesterov = flag(nesterov, "Muon: nesterov")
        if isinstance(matrices, str):
            raise ParameterError(
                f'Muon: matrices must be a sequence of names such as ["W2"]; got {matrices!r}.'
            )
        self.matrices = None if matrices is None else tuple(matrices)
        if not isinstance(others, AdamW | None):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ParameterError(f"Muon: others must be a gl.nn.AdamW; got {others!r}.")
        self.others = others or AdamW(3e-4, weight_decay=0.0)
        self._share = self.others.learning_rate / self.learning_rate
        self._taken: frozenset[str] = frozenset()

    def prepare(self, parameters: Mapping[str, Array]) -> None:
        """Share out the parameters, and make moments for the first step.

        Parameters
        ----------
        parameters : mapping of str to numpy.ndarray
            The parameters that are about to be stepped.

        Raises
        ------
        DataError
            Other names or shapes than before.
        ParameterError
            No hidden matrix among them, or names in `matrices` that are not.
        """
        self._taken = frozenset(_hidden(parameters) if self.matrices is None else self.matrices)
        known = [name for name, value in parameters.items() if value.ndim == 2]
        odd = sorted(self._taken.difference(known))
        if odd or not self._taken:
            what = f"got {', '.join(odd)}" if odd else "there is no hidden one"
            raise ParameterError(
                f"Muon steps weight matrices, here among {', '.join(known) or 'none'}; {what}. "
                'Name them, such as matrices=["W1"], or use gl.nn.AdamW().'
            )
        super().prepare({name: parameters[name] for name in parameters if name in self._taken})
        self.others.prepare(
            {name: parameters[name] for name in parameters if name not in self._taken}
        )

    def change(self, name: str, value: Array, gradient: Array) -> None:
        """Change one parameter in place.

        Parameters
        ----------
        name : str
            The parameter's name.
        value, gradient : numpy.ndarray
            The parameter, which is written to, and its gradient.
        """
        if name not in self._taken:
            self.others.steps = self.steps
            self.others.change_at(self.learning_rate * self._share, name, value, gradient)
            return
        memory = self.first[name]
        memory += (1 - self.momentum) * (gradient - memory)
        ahead = gradient + self.momentum * (memory - gradient) if self.nesterov else memory
        n_in, n_out = value.shape
        rate = self.learning_rate * max(1.0, n_out / n_in) ** 0.5
        value *= 1 - self.learning_rate * self.weight_decay
        value -= rate * orthogonalised(ahead)

    def state(self) -> State:
        """Return everything that is needed to go on with the same bits.

        Returns
        -------
        dict of str to int, float or numpy.ndarray
            `learning_rate`, `steps`, `first.W2` and so on, and the state of `others` with `adamw.` before its names.
        """
        inner = {f"{INNER}{name}": value for name, value in self.others.state().items()}
        return super().state() | inner

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that an optimiser with the same settings was in.

        Parameters
        ----------
        state : mapping of str to int, float or numpy.ndarray
            What `state` returned. The arrays are copied.

        Raises
        ------
        DataError
            Something is missing, or does not belong to Muon.
        """
        outer = {name: value for name, value in state.items() if not name.startswith(INNER)}
        inner = {
            name.removeprefix(INNER): value
            for name, value in state.items()
            if name.startswith(INNER)
        }
        super().restore(outer)
        self.others.restore(inner)


def orthogonalised(gradient: Array) -> Array:
    """Bring all singular values of a matrix near 1 by five steps of the Newton-Schulz iteration.

    Parameters
    ----------
    gradient : numpy.ndarray of shape (n, m)
        The matrix; not written to.

    Returns
    -------
    numpy.ndarray of shape (n, m)
        About U V' for the matrix U S V': its singular values lie between about 0.7 and 1.2, where those of the matrix
        were not tiny beside the largest.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.nn.muon import orthogonalised
    >>> np.linalg.svd(orthogonalised(np.diag([5.0, 1.0, 0.5])))[1].round(2)
    array([0.81, 0.73, 0.7 ])
    """
    a, b, c = COEFFICIENTS
    is_tall = gradient.shape[0] > gradient.shape[1]
    x = gradient.T if is_tall else gradient
    norm = np.sqrt(np.add.reduce((gradient * gradient).ravel()))
    x = x / np.maximum(norm, LEAST_NORM).astype(x.dtype)
    n, m = x.shape
    outer, square, mixed = Product(m, n, x.dtype), Product(n, n, x.dtype), Product(n, m, x.dtype)
    for _ in range(N_ITERATIONS):
        gram = outer(x, x.T)
        x = a * x + mixed(b * gram + c * square(gram, gram), x)
    return x.T if is_tall else x


def _hidden(parameters: Mapping[str, Array]) -> list[str]:
    """Return the names of all matrices but the first and the last."""
    return [name for name, value in parameters.items() if value.ndim == 2][1:-1]
