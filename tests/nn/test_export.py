"""What can be exported, where to, and what is refused."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn import BatchNorm, Dense, Network
from ganglion.nn.exporting import export
from ganglion.nn.exporting._blueprint import Decision, blueprint_of
from oracles.exported_cases import network_of

SUFFIXES = (".onnx", ".c", ".py")


def test_it_is_one_function_of_the_front_page():
    assert gl.export is export


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_suffix_says_what_is_written_and_nothing_is_left_beside_it(suffix, tmp_path):
    for path in (tmp_path / f"a{suffix}", str(tmp_path / f"b{suffix}")):
        export(network_of("tanh"), path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"a{suffix}", f"b{suffix}"]
    assert (tmp_path / names[0]).read_bytes() == (tmp_path / names[1]).read_bytes()


@pytest.mark.parametrize("name", ["model", "model.h", "model.onnx.gz", "model.C", ".py"])
def test_another_suffix_is_refused(name, tmp_path):
    with pytest.raises(
        gl.ParameterError, match=r"export writes \.onnx, \.c, \.py, chosen by the suffix"
    ):
        export(network_of("tanh"), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("model", [None, 3, "network", Network, np.zeros(3), gl.KMeans(2)])
def test_another_model_is_refused(model, tmp_path):
    with pytest.raises(
        gl.ParameterError,
        match="export writes a Network, TableNetwork, MLPClassifier or MLPRegressor",
    ):
        export(model, tmp_path / "model.c")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_activation_that_is_code_is_refused(suffix, tmp_path):
    network = Network([Dense(2, 2), Dense(2, 1, lambda v: v * v)])
    with pytest.raises(
        gl.ParameterError, match=r"knows by name; step 2 of the network has <function"
    ):
        export(network, tmp_path / f"model{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_a_loss_that_is_code_leaves_no_trace(tmp_path):
    def loss(a, y):
        return np.sum((a - y) ** 4, axis=-1)

    for number, given in enumerate((loss, "mse")):
        export(Network([Dense(2, 1)], given, random_state=0), tmp_path / f"{number}.c")
    assert (tmp_path / "0.c").read_bytes() == (tmp_path / "1.c").read_bytes()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(value, tmp_path):
    network = network_of("tanh")
    network.parameters["b2"][0] = value
    with pytest.raises(
        gl.ParameterError, match="export needs finite numbers; b2 holds NaN or infinity"
    ):
        export(network, tmp_path / "model.c")


def test_a_batch_norm_that_the_dtype_cannot_hold_is_refused(tmp_path):
    network = Network([BatchNorm(1), Dense(1, 1)], dtype="float32")
    network.set_parameters({**network.parameters, "gamma1": [1e38]})
    network.set_running({"mean1": [0.0], "variance1": [0.0]})
    with pytest.raises(
        gl.ParameterError, match="one factor for each number, and float32 cannot hold one"
    ):
        export(network, tmp_path / "model.c")


def test_a_folder_that_is_not_there_is_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        export(network_of("tanh"), tmp_path / "missing" / "model.c")


def test_an_existing_file_stays_where_nothing_could_be_written(tmp_path, monkeypatch):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"before")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(gl.ParameterError, match="needs the package onnx"):
        export(network_of("tanh"), path)
    assert path.read_bytes() == b"before"


def test_a_classifier_of_one_class_is_refused():
    with pytest.raises(
        gl.ParameterError, match=r"at least 2 classes; this one knows \('a',\) alone"
    ):
        Decision.of("binary", ["a"])


def test_labels_without_a_text_of_their_own_are_refused():
    with pytest.raises(
        gl.ParameterError, match="classes that are numbers, booleans or texts; got None"
    ):
        Decision.of("binary", [None, "a"])


def test_names_that_come_twice_are_no_names():
    assert blueprint_of(network_of("one layer"), names=["a", "b", "a", "c"]).names == ()
