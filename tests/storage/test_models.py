"""Whole models: only classes of the closed list go into a file, and only they come out."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

import ganglion as gl
from ganglion._errors import ModelFileError, ParameterError
from ganglion.storage import State, load, models, save, write_state


def test_the_closed_list_names_modules_of_this_library_only():
    assert all(module.split(".")[0] == "ganglion" for module in models._KINDS.values())
    assert all(kind.isidentifier() for kind in models._KINDS)


@pytest.mark.parametrize("kind", models._KINDS)
def test_every_kind_of_the_closed_list_is_a_class_with_both_halves(kind):
    known = models._class(kind)
    assert (known.__name__, known.__module__.split(".")[0]) == (kind, "ganglion")
    if kind in models._BESIDE:
        beside = importlib.import_module(models._BESIDE[kind])
        assert callable(beside.state_of) and callable(beside.model_of)
    else:
        assert callable(known._to_state) and callable(known._from_state)


def test_functions_beside_a_class_are_this_librarys_own():
    assert set(models._BESIDE) <= set(models._KINDS)
    assert all(module.split(".")[0] == "ganglion" for module in models._BESIDE.values())


@pytest.mark.parametrize("model", [object(), State("KMeans", {}, {}), np.zeros(3), print, None])
def test_what_is_no_model_is_not_saved(tmp_path, model):
    with pytest.raises(ParameterError, match=r"Models that can be saved are .*KMeans, .*; got a "):
        save(model, tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["Popen", "os", "State", "ganglion"])
def test_a_kind_outside_the_list_is_not_looked_for(tmp_path, kind):
    write_state(tmp_path / "a", State(kind, {}, {}))
    with pytest.raises(ModelFileError, match=f"must be one of .*KMeans, .*; found '{kind}'"):
        load(tmp_path / "a")


def test_a_missing_model_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(Path(tmp_path, "missing"))


@pytest.mark.parametrize("path", [0, 1, True, None, 2.5, ["a"]])
def test_a_path_is_no_number(path):
    model = gl.nn.Network([gl.nn.Dense(1, 1)])
    for call in (
        lambda: gl.save(model, path),
        lambda: gl.load(path),
        lambda: gl.export(model, path),
    ):
        with pytest.raises(gl.ParameterError, match="path must be a path; got"):
            call()
