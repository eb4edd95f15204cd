"""Networks as ONNX files: checked by the package itself, run by onnxruntime, and compared with the network itself."""

from __future__ import annotations

import sys

import numpy as np
import onnx
import onnxruntime
import pytest

import ganglion as gl
from ganglion.data.columns import ColumnRule
from ganglion.nn import Dense, Network
from ganglion.nn.exporting import export
from ganglion.nn.exporting._blueprint import Decision, blueprint_of
from ganglion.nn.exporting._onnx_activations import ACTIVATIONS
from ganglion.nn.exporting._onnx_graph import MAX_BYTES, onnx_bytes, refuse_large
from oracles.exported_cases import DTYPES, NAMES, network_of, rows
from oracles.networks import ACTIVATIONS as BY_HAND
from oracles.networks import activation_value
from oracles.rounding import bound


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


def answers(model, X):
    """Every output of a file or its bytes, by name."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    assert [given.name for given in session.get_inputs()] == ["X"]
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {"X": X}), strict=True))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_the_runtime_agrees_with_the_network(name, dtype, path):
    network, X = network_of(name, dtype), rows(dtype=dtype)
    export(network, path)
    found = answers(str(path), X)["outputs"]
    assert found.dtype == dtype
    # The runtime's own functions are exact to the rounding of 1 where their value is small.
    slack = 0.0 if dtype == "float64" else 64 * np.finfo(dtype).eps
    assert np.all(np.abs(found - network.forward(X)) <= bound(network, X) + slack)


@pytest.mark.parametrize("n", [0, 1, 1000])
def test_any_number_of_rows_goes_through(n):
    network, X = network_of("two residuals"), rows(n)
    found = answers(onnx_bytes(blueprint_of(network)), X)["outputs"]
    assert found.shape == (n, 3)
    assert np.all(np.abs(found - network.forward(X)) <= bound(network, X))


@pytest.mark.parametrize("name", BY_HAND)
def test_activations_in_float64_hold_from_one_end_of_the_numbers_to_the_other(name):
    network = Network([Dense(1, 1, name, bias=False)])
    network.set_parameters({"W1": [[1.0]]})
    sizes = [0.0, 1e-300, 1e-8, 0.3, 0.6, 1.0, 2.5, 5.0, 7.0, 36.0, 700.0, 1e4, 1e300]
    v = np.array([*sizes, *(-size for size in sizes)])
    found = answers(onnx_bytes(blueprint_of(network)), v[:, None])["outputs"][:, 0]
    expected = np.array([activation_value(name, value) for value in v.tolist()])
    # The exponent of a tail is as exact as its own size allows: 700 has 10 bits before the point.
    slack = 8 * 2.0**-52 * (1 + np.minimum(np.abs(v), 800.0)) * np.abs(expected)
    assert np.all(np.abs(found - expected) <= slack + 1e-300)


def test_every_activation_has_its_operators():
    assert set(ACTIVATIONS) == set(gl.nn.activations)


def test_the_file_asks_for_operators_that_every_runtime_has(path):
    export(network_of("two residuals"), path)
    model = onnx.load(str(path))
    assert [(known.domain, known.version) for known in model.opset_import] == [("", 13)]
    assert (model.ir_version, model.producer_name) == (7, "ganglion")
    assert all(tensor.HasField("raw_data") for tensor in model.graph.initializer)
    assert not any(tensor.external_data for tensor in model.graph.initializer)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_weights_are_the_networks_to_the_bit(dtype, path):
    network = network_of("tanh", dtype)
    export(network, path)
    tensors = {
        tensor.name: onnx.numpy_helper.to_array(tensor)
        for tensor in onnx.load(str(path)).graph.initializer
    }
    for name, array in network.parameters.items():
        assert tensors[f"step{name[1:]}.{name[0]}"].tobytes() == array.tobytes()


def test_the_same_network_gives_the_same_bytes(tmp_path):
    for number in range(2):
        export(network_of("gelu"), tmp_path / f"{number}.onnx")
    first, second = ((tmp_path / f"{number}.onnx").read_bytes() for number in range(2))
    assert first == second


# --- classifiers ------------------------------------------------------------------------------------


def classifier(kind, labels, dtype="float64", names=None):
    """The bytes of a classifier of 4 numbers, and its network."""
    n_out = 1 if kind == "binary" else len(labels)
    last = "softmax" if kind == "multiclass" else "sigmoid"
    network = Network([Dense(4, 6, "tanh"), Dense(6, n_out, last)], random_state=0, dtype=dtype)
    decision = Decision.of(kind, labels)
    return onnx_bytes(blueprint_of(network, names=names, decision=decision)), network


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["binary", "multiclass"])
@pytest.mark.parametrize("labels", [["a", "ö"], [3, 7], [0.5, 2.0], np.array([False, True])])
def test_a_classifier_gives_labels_and_probabilities(kind, labels, dtype):
    model, network = classifier(kind, labels, dtype)
    X = rows(dtype=dtype)
    outputs, found = network.forward(X), answers(model, X)
    expected = np.hstack([1 - outputs, outputs]) if kind == "binary" else outputs
    assert list(found) == ["label", "probabilities"]
    np.testing.assert_allclose(found["probabilities"], expected, atol=64 * np.finfo(dtype).eps)
    known = np.asarray(labels)[expected.argmax(axis=1)]
    assert found["label"].tolist() == known.tolist()
    assert len(set(known.tolist())) == 2


def test_several_labels_may_hold():
    model, network = classifier("multilabel", ["p", "q", "r"])
    found, outputs = answers(model, rows()), network.forward(rows())
    assert found["labels"].dtype == np.int64
    assert np.array_equal(found["labels"], outputs > 0.5)
    np.testing.assert_allclose(found["probabilities"], outputs, atol=64 * 2.0**-52)


def test_equal_probabilities_go_to_the_first_label():
    for kind, n_out, last in (("multiclass", 3, "softmax"), ("binary", 1, "sigmoid")):
        network = Network([Dense(1, n_out, last, bias=False)])
        network.set_parameters({"W1": np.zeros((1, n_out))})
        labels = ["first", "second", "third"][: max(n_out, 2)]
        model = onnx_bytes(blueprint_of(network, decision=Decision.of(kind, labels)))
        assert answers(model, np.ones((2, 1)))["label"].tolist() == ["first", "first"]


def test_names_of_inputs_are_kept_as_metadata():
    model, _ = classifier("binary", [0, 1], names=["w", "Größe", "y", "z"])
    found = {entry.key: entry.value for entry in onnx.load_from_string(model).metadata_props}
    assert found == {"input.0": "w", "input.1": "Größe", "input.2": "y", "input.3": "z"}


# --- what cannot be written -------------------------------------------------------------------------


def test_without_the_package_the_error_says_what_to_install(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)  # what makes an import fail
    with pytest.raises(
        gl.ParameterError, match=r"needs the package onnx.*pip install 'ganglion\[onnx\]'"
    ):
        export(network_of("one layer"), path)
    assert not path.exists()


def test_what_no_file_of_the_format_can_hold_is_refused():
    refuse_large(MAX_BYTES)
    with pytest.raises(
        gl.ParameterError, match=f"at most {MAX_BYTES} bytes of numbers; the model has"
    ):
        refuse_large(MAX_BYTES + 1)


@pytest.mark.parametrize(
    ("rule", "held"),
    [
        (ColumnRule("kind", "category", 0.0, 0.0, 1.0, False, ("a", "b", "c", "d")), "texts"),
        (ColumnRule("kind", "number", 0.0, 0.0, 1.0, True, ()), "missing values"),
    ],
)
@pytest.mark.parametrize("suffix", [".onnx", ".c"])
def test_columns_of_texts_or_gaps_are_refused_by_name(rule, held, suffix):
    from ganglion.nn.exporting.writing import _SUFFIXES

    blueprint = blueprint_of(network_of("one layer"), columns=[rule])
    with pytest.raises(
        gl.ParameterError, match=f"column 'kind' of this model holds {held}. Export to .py"
    ):
        _SUFFIXES[suffix](blueprint)
