"""Python code outside of pickles: what MLflow's description of a model names, and Lambda layers of Keras."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from scoredock.pickles.scan import scan
from scoredock.registry.records import PickleFindings

HDF5 = b"\x89HDF\r\n\x1a\n" + b"\0" * 4000
LAMBDA = json.dumps(
    {
        "class_name": "Sequential",
        "config": {"layers": [{"class_name": "Lambda", "config": {"function": {"class_name": "__lambda__"}}}]},
    }
).encode()
DENSE = json.dumps({"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense"}]}}).encode()
OF_A_LAMBDA = "a Lambda layer holds Python code"


def look(name: str, content: bytes) -> tuple[str, PickleFindings]:
    return scan([(lambda: io.BytesIO(content), name)])


def described(flavours: object) -> bytes:
    return json.dumps({"artifact_path": "model", "flavors": flavours}).encode()


def keras(config: bytes, method: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("metadata.json", b'{"keras_version": "3.11.0"}')
        archive.writestr("config.json", config)
        archive.writestr("model.weights.h5", HDF5)
    return made.getvalue()


@pytest.mark.parametrize(
    ("flavour", "clause"),
    [
        ({"loader_module": "mine.loading"}, "it is loaded by the Python module mine.loading"),
        ({"loader_module": "mlflow.pyfunc.model", "code": "code"}, "Python files of its folder code are imported"),
        (
            {"loader_module": "mlflow.pyfunc.model", "model_code_path": "agent.py"},
            "it is made by the Python script agent.py",
        ),
        ({"loader_module": "mlflowers.loading"}, "it is loaded by the Python module mlflowers.loading"),
    ],
)
def test_what_mlflow_would_import_is_named(flavour: dict[str, str], clause: str) -> None:
    for stored in ("MLmodel", "model/MLmodel"):
        assert look(stored, described({"python_function": flavour})) == (
            "code",
            PickleFindings(code=(f"{stored}: {clause}",)),
        )


def test_code_of_another_flavour_counts() -> None:
    content = described({"langchain": {"model_code_path": "chain.py"}, "sklearn": {"code": "lib"}})
    assert look("MLmodel", content)[1].code == (
        "MLmodel: Python files of its folder lib are imported",
        "MLmodel: it is made by the Python script chain.py",
    )


@pytest.mark.parametrize(
    "content",
    [
        described({"python_function": {"loader_module": "mlflow.sklearn", "code": None, "model_path": "model.pkl"}}),
        b"flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    code: null\n  sklearn:\n    code: ~\n",
        b"flavors:\n  sklearn:\n    pickled_model: model.pkl\n    code:\n",
        b"artifact_path: model\n",
    ],
)
def test_what_mlflow_itself_loads_is_no_code(content: bytes) -> None:
    assert look("MLmodel", content) == ("none", PickleFindings())


def test_a_description_that_cannot_be_read_is_a_note() -> None:
    for content in (b"flavors: {", b"a: &x [1]\nb: *x\n", b"#" * (2 << 20)):
        state, found = look("MLmodel", content)
        assert state == "unknown"
        assert found.notes == ("MLmodel: it cannot be read, so that nobody can tell which code it names.",)


def test_the_name_decides_as_it_does_for_mlflow() -> None:
    assert look("notes/MLmodel.txt", described({"python_function": {"loader_module": "mine"}}))[0] == "none"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_lambda_layer_in_a_model_of_keras_3(method: int) -> None:
    assert look("m.keras", keras(LAMBDA, method)) == (
        "code",
        PickleFindings(code=(f"m.keras/config.json: {OF_A_LAMBDA}",)),
    )
    assert look("m.keras", keras(DENSE, method)) == ("none", PickleFindings())


def test_a_lambda_layer_in_hdf5_wherever_it_lies() -> None:
    for before in (0, (1 << 20) - 5000, (1 << 20) - 4013, 3 << 20):
        content = HDF5 + b"\1" * before + LAMBDA + b"\0" * 100
        assert look("m.h5", content) == ("code", PickleFindings(code=(f"m.h5: {OF_A_LAMBDA}",))), before
    assert look("m.h5", HDF5 + DENSE) == ("none", PickleFindings())
    assert look("weights.bin", HDF5 + LAMBDA)[0] == "code", "told by its content"


@pytest.mark.parametrize("name", ["model/saved_model.pb", "model/keras_metadata.pb"])
def test_a_lambda_layer_in_a_saved_model(name: str) -> None:
    assert look(name, b"\x0a\x10" + LAMBDA)[0] == "code"
    assert look(name, b"\x0a\x10" + DENSE) == ("none", PickleFindings())


def test_letters_written_as_numbers_hide_nothing() -> None:
    state, found = look("m.keras", keras(LAMBDA.replace(b'"Lambda"', b'"\\u004cambda"')))
    assert state == "code"
    assert found.code == (
        "m.keras/config.json: its configuration is written so that nobody can search it for Lambda layers",
    )
    assert look("m.keras", keras(json.dumps({"name": "größe\x7f"}).encode()))[0] == "none", "what a writer writes so"


def test_it_is_found_inside_an_archive_and_beside_a_pickle() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/MLmodel", described({"python_function": {"loader_module": "mine"}}))
        archive.writestr("model/data/m.h5", HDF5 + LAMBDA)
        archive.writestr("model/data/evil.pkl", b"cos\nsystem\n(S'true'\ntR.")
    state, found = look("all.zip", made.getvalue())
    assert state == "bad"
    assert found.code == (
        "all.zip/model/MLmodel: it is loaded by the Python module mine",
        f"all.zip/model/data/m.h5: {OF_A_LAMBDA}",
    )
    assert found.needing_consent == ("os.system", *found.code)


def test_a_pickle_under_such_a_name_is_still_looked_into() -> None:
    state, found = look("MLmodel", b"cos\nsystem\n(S'true'\ntR.")
    assert (state, found.bad) == ("bad", ("os.system",))
