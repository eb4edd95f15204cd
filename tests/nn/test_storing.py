"""Networks in model files: what comes back is what was saved, to the bit; what was changed on the way is refused."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ganglion as gl
from ganglion.nn import (
    Activation,
    BatchNorm,
    Dense,
    Dropout,
    LayerNorm,
    Network,
    Residual,
    _storing,
    layers,
)
from ganglion.storage import State, inspect, read_state, write_state
from oracles.exported_cases import DTYPES, NAMES, lively, network_of, rows
from oracles.network_cases import random_case

GOLDEN = Path(__file__).parent.parent / "golden" / "network-v1.safetensors"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "network.safetensors"


def golden_network() -> Network:
    """The network in golden/network-v1.safetensors. Never change it: old files must stay readable."""
    residual = Residual(
        [LayerNorm(3, epsilon=1e-4), Dense(3, 2, "gelu"), Dropout(0.25), Dense(2, 3)]
    )
    network = Network(
        [
            Dense(2, 3, bias=False),
            BatchNorm(3, "relu", momentum=0.2),
            Dropout(0.5),
            residual,
            Dense(3, 2, "tanh", initial="he"),
        ],
        "mse",
        reduction="sum",
        dtype="float32",
    )
    numbers = {**network.parameters, **network.running}
    for number, (name, array) in enumerate(numbers.items(), 1):
        numbers[name] = (np.arange(array.size).reshape(array.shape) - 1.5) / number
    network.set_parameters({name: numbers[name] for name in network.parameters})
    network.set_running({name: np.abs(numbers[name]) for name in network.running})
    return network


def small() -> Network:
    """A network whose file is small enough to be changed in each of its bits."""
    return lively(Network([Dense(1, 2, "relu"), BatchNorm(2), Dense(2, 1)], dtype="float32"))


def assert_same(found: Network, network: Network) -> None:
    assert type(found) is Network
    assert found.layers == network.layers
    assert repr(found) == repr(network)
    assert found.loss_function == network.loss_function
    assert (found.reduction, found.dtype) == (network.reduction, network.dtype)
    for held, kept in (
        (found.parameters, network.parameters),
        (found.running, network.running),
    ):
        assert list(held) == list(kept)
        for name, array in kept.items():
            assert held[name].dtype == array.dtype
            assert held[name].tobytes() == array.tobytes()
            assert held[name].flags.writeable and held[name].flags.c_contiguous


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_what_comes_back_is_what_was_saved(name, dtype, path):
    network = network_of(name, dtype)
    gl.save(network, path)
    same = gl.load(path)
    assert_same(same, network)
    assert same.forward(rows()).tobytes() == network.forward(rows()).tobytes()
    first = path.read_bytes()
    gl.save(same, path)
    assert path.read_bytes() == first
    assert list(path.parent.iterdir()) == [path]


@given(seed=st.integers(0, 10_000))
def test_random_networks_come_back(seed):
    network = random_case(seed).network
    state = _storing.state_of(network)
    assert_same(_storing.model_of(state), network)


@pytest.mark.parametrize("loss", gl.nn.losses)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_losses_come_back(loss, reduction, path):
    last = gl.nn.losses[loss].behind or "softplus"
    network = Network([Dense(2, 6, last)], loss, reduction=reduction)
    gl.save(network, path)
    assert_same(gl.load(path), network)


@pytest.mark.parametrize(
    "loss",
    [gl.nn.Huber(0.5), gl.nn.Quantile((0.1, 0.9)), gl.nn.Gaussian(1e-3), gl.nn.CrossEntropy(0.1)],
    ids=lambda loss: loss.name,
)
def test_the_numbers_of_a_loss_come_back(loss, path):
    network = Network([Dense(2, 6, loss.behind or "identity")], loss)
    gl.save(network, path)
    assert_same(gl.load(path), network)
    assert gl.load(path).loss_function.numbers == loss.numbers


@pytest.mark.parametrize("initial", ["he", "orthogonal", np.array([[1.0, 2.0], [3.0, -0.5]])])
def test_where_weights_started_comes_back(initial, path):
    network = Network([Dense(2, 2, initial=initial)], random_state=0)
    gl.save(network, path)
    found = gl.load(path).layers[0].initial
    assert np.array_equal(found, initial) and type(found) is type(network.layers[0].initial)


def test_the_same_network_gives_the_same_bytes(tmp_path):
    for number in range(2):
        gl.save(network_of("two residuals"), tmp_path / str(number))
    network = network_of("two residuals")
    network.set_parameters({n: np.asfortranarray(v) for n, v in network.parameters.items()})
    gl.save(network, tmp_path / "2")
    contents = [(tmp_path / str(number)).read_bytes() for number in range(3)]
    assert contents[0] == contents[1] == contents[2]


def test_a_file_of_the_first_version_is_read_and_written_as_ever(path):
    assert_same(gl.load(GOLDEN), golden_network())
    gl.save(golden_network(), path)
    assert path.read_bytes() == GOLDEN.read_bytes()


def test_a_trained_network_comes_back_with_its_statistics(path):
    network = Network([Dense(4, 6, "tanh"), BatchNorm(6), Dense(6, 1)], random_state=0)
    X = rows()
    gl.nn.train(network, X, X[:, 0], optimizer=gl.nn.Adam(), epochs=2, random_state=0)
    assert np.any(network.running["mean1"] != 0)
    gl.save(network, path)
    assert_same(gl.load(path), network)


def test_a_network_that_is_loaded_trains_on_with_the_same_bits(path):
    network = network_of("tanh", "float32")
    gl.save(network, path)
    same, X = gl.load(path), rows(dtype="float32")
    for one in (network, same):
        gl.nn.train(one, X, X[:, :3], optimizer=gl.nn.Adam(), epochs=3, random_state=5)
    assert_same(same, network)


def test_the_file_says_what_it_holds(path):
    gl.save(small(), path)
    contents = inspect(path)
    assert contents.kind == "Network"
    assert [layer["kind"] for layer in contents.parameters["layers"]] == [
        "Dense",
        "BatchNorm",
        "Dense",
    ]
    names = {array.name for array in contents.arrays}
    assert names == {"W1", "b1", "gamma1", "beta1", "mean1", "variance1", "W2", "b2"}


def test_a_state_shares_nothing_with_its_network():
    network = small()
    state = _storing.state_of(network)
    for array in state.arrays.values():
        array[:] = 7
    assert not np.any(network.parameters["W1"] == 7)
    again = _storing.model_of(state)
    state.arrays["W1"][:] = 0
    assert np.all(again.parameters["W1"] == 7)


# --- what no file holds ---------------------------------------------------------------------------


def quadratic(v):
    return v * v


def row_error(a, y):
    return np.sum((a - y) ** 4, axis=-1)


@pytest.mark.parametrize(
    "layer",
    [
        Dense(2, 1, quadratic),
        BatchNorm(2, quadratic),
        Residual([LayerNorm(2, Activation("own", "v**2", function=quadratic))]),
    ],
)
def test_an_activation_that_is_code_is_refused(layer, path):
    with pytest.raises(
        gl.ParameterError, match=r"holds no code: activations must be names .* Use a name"
    ):
        gl.save(Network([layer]), path)
    assert list(path.parent.iterdir()) == []


def test_a_loss_that_is_code_is_refused(path):
    message = r"holds no code: the loss must be one .* the function 'row_error'"
    with pytest.raises(gl.ParameterError, match=message):
        gl.save(Network([Dense(2, 1)], row_error), path)
    assert list(path.parent.iterdir()) == []


def test_numbers_that_are_not_finite_are_refused(path):
    network = small()
    network.parameters["b1"][1] = np.nan
    with pytest.raises(gl.ParameterError, match="must hold finite numbers to be saved; b1 has NaN"):
        gl.save(network, path)


# --- files that are damaged ------------------------------------------------------------------------


def refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(gl.ModelFileError):
        gl.load(path)


def test_every_truncation_is_refused(path):
    gl.save(small(), path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        refused(path, whole[:length])


def test_every_flipped_bit_is_refused(path):
    gl.save(small(), path)
    whole = path.read_bytes()
    for position in range(len(whole)):
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[position] ^= 1 << bit
            refused(path, bytes(flipped))


def test_a_byte_added_anywhere_is_refused(path):
    gl.save(small(), path)
    whole = path.read_bytes()
    for position in range(len(whole) + 1):
        refused(path, whole[:position] + b"\0" + whole[position:])


def test_a_header_length_that_lies_is_refused(path):
    gl.save(small(), path)
    whole = path.read_bytes()
    right = int.from_bytes(whole[:8], "little")
    for wrong in (0, 1, right - 8, right - 1, right + 1, right + 8, 2**24 + 1, 2**40, 2**64 - 1):
        refused(path, wrong.to_bytes(8, "little") + whole[8:])


def test_a_missing_file_is_the_systems_error(path):
    with pytest.raises(FileNotFoundError):
        gl.load(path)


def parameter(**changes):
    return lambda s: replace(s, parameters={**s.parameters, **changes})


def layer(number, **changes):
    def change(state):
        records = [dict(record) for record in state.parameters["layers"]]
        records[number].update(changes)
        return replace(state, parameters={**state.parameters, "layers": records})

    return change


def array(name, change):
    return lambda s: replace(s, arrays={**s.arrays, name: change(s.arrays[name])})


def without(mapping, name):
    return {key: value for key, value in mapping.items() if key != name}


# what is wrong: how the state is changed, what the error says.
FAULTS = {
    "an unknown parameter": (parameter(command="rm"), "a network must have"),
    "a missing parameter": (
        lambda s: replace(s, parameters=without(s.parameters, "layers")), "a network must have",
    ),
    "no layers": (parameter(layers=[]), "its arrays must be"),
    "layers that are no list": (parameter(layers=("Dense",)), "layers must be a list"),
    "a layer that is no dict": (parameter(layers=["Dense"]), "a layer must be one of Dense, BatchNorm"),
    "a layer of another kind": (layer(0, kind="Popen"), "a layer must be one of Dense, BatchNorm"),
    "a kind that is no name": (layer(0, kind=["Dense"]), "a layer must be one of Dense, BatchNorm"),
    "a layer with more to it": (layer(0, args=["rm"]), "a Dense must have"),
    "an unknown activation": (layer(0, activation="os.system"), "activation must be one of"),
    "a softmax inside": (layer(0, activation="softmax"), "may stand in the last layer only"),
    "an activation that is a number": (layer(0, activation=3), "activation must be one of"),
    "a width of 0": (layer(0, n_out=0), "n_out must be an integer, at least 1"),
    "a width that is a float": (layer(0, n_out=2.0), "n_out must be an integer, at least 1"),
    "a width that does not fit": (layer(2, n_in=3), "its arrays must be"),
    "a bias that is not there": (layer(0, bias=False), "its arrays must be"),
    "a negative epsilon": (layer(1, epsilon=-1.0), "epsilon must be a number above 0"),
    "a momentum that is text": (layer(1, momentum="0.1"), "momentum must be a number"),
    "a residual in itself": (
        layer(1, kind="Residual"), "a Residual must have",
    ),
    "an unknown loss": (parameter(loss="luck"), "there is no loss 'luck'|must be one of"),
    "a loss that is a list": (parameter(loss=["mse"]), "there is no loss|must be one of"),
    "a loss behind another activation": (
        parameter(loss="cross_entropy", loss_numbers=(0.0,)),
        "stands behind softmax",
    ),
    "numbers for a loss without": (parameter(loss="mse", loss_numbers=(1.0,)), "numbers"),
    "numbers that a loss cannot have": (
        parameter(loss="huber", loss_numbers=(-1.0,)), "delta must be a number above 0",
    ),
    "an unknown reduction": (parameter(reduction="max"), "reduction must be one of mean, sum"),
    "another dtype": (parameter(dtype="float64"), "W1 must be float64; found float32"),
    "a dtype that is none": (parameter(dtype="int8"), "its dtype must be one of float32, float64"),
    "an array too many": (
        lambda s: replace(s, arrays={**s.arrays, "W9": np.zeros(1)}), "its arrays must be .* found .*W9",
    ),
    "an array too few": (
        lambda s: replace(s, arrays=without(s.arrays, "gamma1")), r"its arrays must be .*gamma1 \(2,\)",
    ),
    "an array of another shape": (array("W1", np.ravel), r"its arrays must be .* found .*W1 \(2,\)"),
    "an array of another dtype": (array("b1", lambda a: a.astype(float)), "b1 must be float32"),
    "a NaN": (array("W2", lambda a: a * np.nan), "W2 must be finite"),
    "a negative variance": (array("variance1", lambda a: -a), "variance1 must not be negative"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_with_a_right_digest_and_wrong_contents_is_refused(fault, path):
    change, message = FAULTS[fault]
    write_state(path, change(_storing.state_of(small())))
    with pytest.raises(gl.ModelFileError, match=f"does not make a Network; .*({message})"):
        gl.load(path)


def test_sizes_that_are_not_in_the_file_are_not_allocated(path):
    def huge(state):
        records = [dict(record) for record in state.parameters["layers"]]
        records[0] |= {"n_out": 10**9}
        records[1] |= {"n": 10**9}
        records[2] |= {"n_in": 10**9, "n_out": 10**9}
        return replace(state, parameters={**state.parameters, "layers": records})

    write_state(path, huge(_storing.state_of(small())))
    tracemalloc.start()
    with pytest.raises(gl.ModelFileError, match="its arrays must be"):
        gl.load(path)
    assert tracemalloc.get_traced_memory()[1] < 10**6
    tracemalloc.stop()


LOAD_WATCHED = """
import sys
import ganglion as gl
gl.load(sys.argv[1])
seen = []
sys.addaudithook(lambda event, arguments: seen.append(event))
gl.load(sys.argv[1])
print(sorted(set(seen)))
"""


@pytest.mark.parametrize("name", ["two residuals", "mish"])
def test_loading_opens_the_file_and_does_nothing_else(name, path):
    gl.save(network_of(name), path)
    command = [sys.executable, "-c", LOAD_WATCHED, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['open']"


def test_every_kind_of_layer_has_its_row_with_all_that_it_is_made_from():
    assert {cls for cls, _ in _storing._LAYERS.values()} == set(layers.KINDS)
    for kind, (cls, names) in _storing._LAYERS.items():
        assert kind == cls.__name__
        assert set(names) == {field.name for field in fields(cls)}


def test_one_kind_does_not_pass_for_another(path):
    state = _storing.state_of(small())
    write_state(path, State("KMeans", state.parameters, state.arrays))
    with pytest.raises(gl.ModelFileError, match="does not make a KMeans"):
        gl.load(path)
    gl.save(gl.KMeans(2).fit([[0.0], [1.0], [5.0]]), path)
    write_state(path, replace(read_state(path), kind="Network"))
    with pytest.raises(gl.ModelFileError, match="does not make a Network"):
        gl.load(path)
