"""Groups of documents as a model: they take further documents, survive their file, and refuse files that lie."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganglion import ModelFileError, ParameterError, group_documents, load, save
from ganglion.applications.documents import DocumentModel
from ganglion.applications.documents._words import Weighting
from ganglion.storage import State, read_state, write_state

GOLDEN = Path(__file__).parent.parent / "golden" / "document-model-v1.safetensors"


def small(**changes) -> DocumentModel:
    """The model in golden/document-model-v1.safetensors. Never change it: old files must stay readable."""
    model = DocumentModel(
        weighting=Weighting(
            terms=("bread", "größe", "warm bread"),
            idf=np.array([1.0, 1.5, 2.0]),
            pairs=True,
            languages=("English", "German"),
        ),
        centers=np.array([[0.6, 0.0, 0.8], [0.0, 1.0, 0.0]]),
        names=("bread", "größe"),
        sizes=np.array([7, 5]),
        quantiles=np.stack([np.linspace(0.25, 1.0, 101), np.linspace(0.5, 1.0, 101)]),
        source="letters",
        settings={"method": "kmeans", "n_groups": 2, "seed": 0, "text": None},
    )
    return replace(model, **changes)


def same(left: DocumentModel, right: DocumentModel) -> bool:
    plain = ("names", "source", "settings")
    arrays = ("centers", "sizes", "quantiles")
    words = ("terms", "pairs", "languages")
    return (
        all(getattr(left, name) == getattr(right, name) for name in plain)
        and all(getattr(left, name).tobytes() == getattr(right, name).tobytes() for name in arrays)
        and all(getattr(left.weighting, name) == getattr(right.weighting, name) for name in words)
        and left.weighting.idf.tobytes() == right.weighting.idf.tobytes()
    )


def test_a_model_comes_back_from_its_file_as_it_was(tmp_path):
    save(small(), tmp_path / "m")
    assert same(load(tmp_path / "m"), small())


def test_a_file_of_the_first_version_is_read_and_written_as_ever(tmp_path):
    assert same(load(GOLDEN), small())
    save(small(), tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == GOLDEN.read_bytes()


def test_the_documents_of_a_model_get_their_own_groups(tmp_path):
    texts = ["bread and butter", "butter on bread", "rain and wind", "wind before rain"]
    found = group_documents(texts, n_clusters=2, random_state=0)
    save(found.model, tmp_path / "m")
    again = load(tmp_path / "m").assign(texts)
    assert again.labels.tolist() == found.labels.tolist()
    assert again.similarity.tobytes() == found.similarity.tobytes()
    assert again.margin == pytest.approx(found.margin, abs=1e-15)


def test_by_hand():
    # "bread bread": tf 2, weight (1 + ln 2) 1.0 for bread, and the pair "bread bread" is no term: the row is (1, 0, 0),
    # whose cosine with (0.6, 0, 0.8) is 0.6. A text of unknown words has none.
    found = small().assign(["bread bread", "nothing of it", "größe"])
    assert found.labels.tolist() == [0, -1, 1]
    assert found.similarity == pytest.approx([0.6, 0.0, 1.0])
    assert found.margin == pytest.approx([0.6, 0.0, 1.0])


def test_documents_that_fit_worse_than_a_share_of_the_models_own_get_no_group():
    # 0.6 lies at (0.6 - 0.25) / 0.75 = 46.7 % of the first group's similarities
    assert small().assign(["bread"], reject=0.4).labels.tolist() == [0]
    assert small().assign(["bread"], reject=0.5).labels.tolist() == [-1]
    with pytest.raises(ParameterError, match="reject must be a share from 0 to 1; got 5"):
        small().assign(["bread"], reject=5)


def test_no_documents_get_no_groups():
    assert small().assign([]).labels.shape == (0,)


@pytest.mark.parametrize(
    "changes",
    [
        {"names": ("one",)},
        {"sizes": np.array([1])},
        {"quantiles": np.zeros((2, 3))},
        {"names": (), "centers": np.zeros((0, 3)), "sizes": np.zeros(0, np.int64)},
    ],
)
def test_parts_that_do_not_fit_are_refused(changes):
    with pytest.raises(ParameterError, match="A model of"):
        small(**changes)


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ParameterError, match="must be finite"):
        small(centers=np.array([[np.nan, 0.0, 0.0], [0.0, 1.0, 0.0]]))


LIES = {
    "names": [None, ["a"], [1, 2], "ab"],
    "languages": [None, [3]],
    "pairs": [None, 1],
    "settings": [None, []],
    "source": [None, 4],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in LIES.items() for value in values]
)
def test_a_parameter_that_lies_is_an_error_of_the_file(tmp_path, name, value):
    state = small()._to_state()
    write_state(tmp_path / "m", State(state.kind, state.parameters | {name: value}, state.arrays))
    with pytest.raises(ModelFileError, match="what it holds does not make a DocumentModel"):
        load(tmp_path / "m")


@pytest.mark.parametrize("name", ["centers", "idf", "quantiles", "sizes", "terms"])
def test_an_array_that_lies_is_an_error_of_the_file(tmp_path, name):
    state = small()._to_state()
    wrong = [np.zeros(2, np.float32), np.array(["a", "a", "a"], dtype=object), np.zeros((0, 0))]
    for value in wrong:
        write_state(
            tmp_path / "m", State(state.kind, state.parameters, state.arrays | {name: value})
        )
        with pytest.raises(ModelFileError):
            load(tmp_path / "m")
    missing = {key: array for key, array in state.arrays.items() if key != name}
    write_state(tmp_path / "m", State(state.kind, state.parameters, missing))
    with pytest.raises(ModelFileError):
        load(tmp_path / "m")


@given(st.data())
def test_no_flipped_bit_goes_unseen(tmp_path_factory, data):
    whole = bytearray(GOLDEN.read_bytes())
    at = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[at // 8] ^= 1 << at % 8
    path = tmp_path_factory.mktemp("bits") / "m"
    path.write_bytes(bytes(whole))
    with pytest.raises(ModelFileError):
        load(path)


def test_the_file_holds_words_and_no_documents(tmp_path):
    secret = "a secret sentence about bread and butter"
    save(
        group_documents([secret, "bread and butter again"], n_clusters=1, random_state=0).model,
        tmp_path / "m",
    )
    assert b"secret sentence" not in (tmp_path / "m").read_bytes()
    assert "terms" in read_state(tmp_path / "m").arrays
