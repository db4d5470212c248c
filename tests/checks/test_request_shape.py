"""What is proposed as a first request for a script and a model, from what their files tell."""

from __future__ import annotations

import json
from typing import Any

import pytest
from scoredock.analysis.facts import Facts
from scoredock.checks.requests.request_shape import shape_of
from scoredock.checks.script.script import parse_script
from scoredock.registry.records import Tensor
from scoredock.services.access.bodies import (
    BodyFacts,
    ScoringRequest,
    proposals,
    proposed,
)
from scoredock.services.access.model_rows import ModelInputs

NUMBERS = ModelInputs("model.pkl", features=3)
NAMED = ModelInputs("model.pkl", features=2, names=("age", "bmi"))
ONNX = ModelInputs("model.onnx", tensors=(Tensor("X", "float32", "[N, 4]"),))
MLFLOW = ModelInputs("MLmodel", tensors=(Tensor("age", "long", ""), Tensor("job", "string", "")))
EXAMPLE = ModelInputs("m/input_example.json", example=[{"age": 3, "job": "cook"}])
HEAD = "import json, base64, io\nimport numpy as np\nimport pandas as pd\nfrom PIL import Image\n"
RAW = "from azureml.contrib.services.aml_request import AMLRequest, rawhttp\n\n\n@rawhttp\n"


def request(body: str, *models: ModelInputs, names: tuple[str, ...] = (), before: str = "") -> ScoringRequest:
    text = f"{HEAD}{before}def run(raw):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    shape = shape_of(parse_script(text, Facts()))
    return proposed(BodyFacts(models=models, model_names=names, shape=shape))


@pytest.mark.parametrize(
    ("body", "model", "told"),
    [
        ("return model.predict(np.array(json.loads(raw)['data'])).tolist()", NUMBERS, {"data": [[0.0] * 3]}),
        ("return model.predict(np.array(json.loads(raw)['data'])).tolist()", NAMED, {"data": [[0.0] * 2]}),
        ("return session.run(None, {'X': np.array(json.loads(raw)['data'])})", ONNX, {"data": [[0.0] * 4]}),
        ("data = json.loads(raw)\nreturn model.predict(np.array(data)).tolist()", NUMBERS, [[0.0] * 3]),
        ("x = np.array(json.loads(raw)['data']).reshape(1, -1)\nreturn model.predict(x)", NUMBERS, {"data": [0.0] * 3}),
        ("return model.predict([json.loads(raw)['features']])", NUMBERS, {"features": [0.0] * 3}),
        ("return model.predict(pd.DataFrame(json.loads(raw)['data']))", NAMED, {"data": [{"age": 0.0, "bmi": 0.0}]}),
        ("df = pd.DataFrame([json.loads(raw)])\nreturn model.predict(df)", NAMED, {"age": 0.0, "bmi": 0.0}),
        ("return model.predict(pd.read_json(raw))", MLFLOW, [{"age": 0, "job": ""}]),
        ("return model.predict(pd.DataFrame(json.loads(raw)['rows']))", EXAMPLE, {"rows": [{"age": 3, "job": "cook"}]}),
        (
            "df = pd.DataFrame(json.loads(raw)['data'], columns=['a', 'b'])\nreturn model.predict(df)",
            ModelInputs(),
            {"data": [[0.0, 0.0]]},
        ),
        (
            "df = pd.DataFrame(json.loads(raw)['data'])\nreturn (df['a'] * df['b']).tolist()",
            ModelInputs(),
            {"data": [{"a": 0.0, "b": 0.0}]},
        ),
        ("p = json.loads(raw)\nreturn float(p['age']) + int(p.get('sex', 0))", NUMBERS, {"age": 1.0, "sex": 1}),
        ("return len(json.loads(raw)['text'].split())", NUMBERS, {"text": "some text"}),
        ("return [row['price'] * 2 for row in json.loads(raw)['items']]", NUMBERS, {"items": [{"price": 1.0}]}),
        (
            "out = []\nfor row in json.loads(raw)['items']:\n    out.append(row['price'] * 2)",
            NUMBERS,
            {"items": [{"price": 1.0}]},
        ),
        (
            "r = json.loads(raw)\nif r['mode'] == 'fast':\n    return 1\nreturn model.predict(r['data'])",
            NUMBERS,
            {"mode": "fast", "data": [[0.0] * 3]},
        ),
        ("return sum(json.loads(raw)['data'])", ModelInputs(), {"data": [1.0, 2.0]}),
    ],
)
def test_the_body(body: str, model: ModelInputs, told: Any) -> None:
    assert json.loads(request(body, model).body) == told


def test_what_a_function_reads_that_run_calls() -> None:
    before = "def total(record):\n    return float(record['price'])\n\n\n"
    assert json.loads(request("return total(json.loads(raw)['order'])", before=before).body) == {
        "order": {"price": 1.0}
    }


def test_a_request_that_names_a_model_names_one_that_is_there() -> None:
    body = "r = json.loads(raw)\nreturn models[r['model']].predict(np.array(r['data']))"
    assert json.loads(request(body, NUMBERS, names=("oaks", "pines")).body)["model"] == "oaks"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("return raw.upper()", "text/plain"),
        ("return Image.open(io.BytesIO(raw.get_data())).size", "image/png"),
        (
            "return Image.open(raw.files['image']).size",
            "multipart/form-data; boundary=scoredock-sample-request",
        ),
        ("return raw.get_data()", "application/octet-stream"),
        (
            "return model.predict(json.loads(raw.get_data())['data'])",
            "application/json",
        ),
    ],
)
def test_the_content_type(body: str, kind: str) -> None:
    assert request(body, before="" if "upper" in body else RAW).content_type == kind


def test_a_get_gets_its_parameters() -> None:
    told = request(
        "if raw.method == 'GET':\n    return raw.args.get('city') + raw.args['day']",
        before=RAW,
    )
    assert (told.method, told.body) == ("GET", "city=1&day=1")


def test_a_picture_in_json_is_one() -> None:
    told = json.loads(request("return Image.open(io.BytesIO(base64.b64decode(json.loads(raw)['image']))).size").body)
    assert told["image"].startswith("iVBORw0KGgo")


def test_the_order_and_that_each_says_where_it_is_from() -> None:
    shape = shape_of(parse_script("import json\ndef run(raw):\n    return json.loads(raw)['a'] + 1\n", Facts()))
    answered = ScoringRequest('{"a": 7}', "The last request.", "answered")
    dataset = ScoringRequest('{"a": 5}', "The first row.", "dataset")
    files = (("sample-request.json", '{"a": 6}'), ("sample-input.json", "{"))
    full = BodyFacts(answered, files, {"a": 4}, dataset, (), (), shape)
    assert [each.source for each in proposals(full)] == [
        "answered",
        "file",
        "schema",
        "dataset",
    ]
    without = BodyFacts(None, files, None, dataset, (NUMBERS,), (), shape)
    assert [each.source for each in proposals(without)] == ["file", "dataset", "script"]
    (only,) = proposals(BodyFacts(models=(NUMBERS,)))
    assert only.reason == "From the signature of the model: model.pkl takes 3 features."
    assert proposals(BodyFacts())[0].source == "guess"


@pytest.mark.parametrize(
    "text",
    [
        "def run(): pass",
        "x = 1",
        "def run(raw):\n    return raw",
        "def run(*raw):\n    return raw",
    ],
)
def test_a_script_that_does_not_tell(text: str) -> None:
    shape = shape_of(parse_script(text, Facts()))
    assert shape is None or shape.body is None
