"""What a service would find out with its first request: numbers that are arrays, tensors among answers, text for files,
keys that the script holds."""

from __future__ import annotations

import pytest
from scoredock.analysis.facts import EnvironmentFacts, Facts
from scoredock.analysis.finding import Finding
from scoredock.checks.check import check

HEAD = "import json\nimport os\n\nimport joblib\nimport pandas as pd\nimport torch\n\n\n"
INIT = "def init():\n    global model\n    model = {loader}(os.path.join(os.environ['AZUREML_MODEL_DIR'], 'm'))\n\n\n"


def findings_of(body: str, packages: dict[str, str] | None = None, loader: str = "joblib.load") -> list[Finding]:
    listed = {"azureml-defaults": "", "joblib": "", "torch": "", **packages} if packages is not None else {}
    environment = EnvironmentFacts("", "e", "3.11", listed) if packages is not None else None
    run = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"{HEAD}{INIT.format(loader=loader)}def run(raw_data):\n    x = json.loads(raw_data)['data']\n{run}"
    return check(text, Facts(path="/project/score.py", environment=environment), "entry-script")


def severities_of(code: str, findings: list[Finding]) -> list[str]:
    return [each.severity for each in findings if each.code == code]


@pytest.mark.parametrize(
    ("body", "packages", "severities"),
    [
        ("y = model.predict(x)\nreturn {'y': float(y)}", {"pandas": "", "numpy": ""}, ["warning"]),
        ("y = model.predict(x)\nreturn {'y': float(y)}", {"pandas": "", "numpy": "==1.26.4"}, ["information"]),
        ("return int(model.predict(x))", None, ["information"]),
        ("y = model.predict(x)\nif y == 1:\n    return 'yes'\nreturn 'no'", None, ["information"]),
        ("y = model.predict(x)\nreturn 'yes' if y > 0.5 else 'no'", None, ["information"]),
        ("y = model.predict(x)\nreturn {'y': float(y[0])}", None, []),
        ("y = model.predict(x)[0]\nif y == 1:\n    return 'yes'\nreturn 'no'", None, []),
        ("y = model.predict(x)\nif y is None:\n    return 'none'\nreturn y.tolist()", None, []),
        ("y = model.predict(x)\nif len(y) == 1:\n    return 'one'\nreturn y.tolist()", None, []),
        ("y = model.predict(x)\nif (y == 1).any():\n    return 'some'\nreturn y.tolist()", None, []),
        ("y = model.predict(x).item()\nif y == 1:\n    return 'yes'\nreturn 'no'", None, []),
        ("y = model.predict(x)\ntry:\n    return float(y)\nexcept TypeError:\n    return y.tolist()", None, []),
        ("return float(x[0])", None, []),
        ("y = model.predict(x)\nreturn 'it is %d' % y", {"pandas": "", "numpy": ""}, ["warning"]),
        ("y = model.predict(x)\nreturn '%.1f%% of %s' % (y, 'all')", None, ["information"]),
        ("y = model.predict(x)\nreturn 'it is %s' % y", None, []),
        ("y = model.predict(x)\nreturn '%s and %d' % (y, 2)", None, []),
        ("y = model.predict(x)\nreturn f'it is {y:.2f}'", None, ["warning"]),
        ("y = model.predict(x)\nreturn f'it is {y}, {y!s:>10} and {y[0]:.2f}'", None, []),
        ("y = model.predict(x)\nreturn 'it is {:.2f}'.format(y)", None, ["warning"]),
        ("y = model.predict(x)\nreturn '{} {b:d}'.format(1, b=y)", None, ["warning"]),
        ("y = model.predict(x)\nreturn '{1:.2f} {0}'.format(y, 2)", None, []),
        ("y = model.predict(x)\ntry:\n    return f'{y:.2f}'\nexcept TypeError:\n    return 'no'", None, []),
    ],
)
def test_a_prediction_is_no_number(body: str, packages: dict[str, str] | None, severities: list[str]) -> None:
    assert severities_of("SD523", findings_of(body, packages)) == severities


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("return model(x).argmax(dim=1)", 1),
        ("out = model(x)\n_, best = torch.max(out, 1)\nreturn {'best': best}", 1),
        ("out = model(x)\nreturn {'p': torch.nn.functional.softmax(out, dim=1)[0]}", 1),
        ("out = torch.softmax(model(x), 1)\nreturn {'p': out.max()}", 1),
        ("out = model(x)\nvalues, places = torch.topk(out, 5)\nreturn {'v': values, 'p': places.tolist()}", 1),
        ("return model(x).detach().cpu().numpy()", 1),
        ("out = model(x)\n_, best = torch.max(out, 1)\nreturn {'best': best.tolist()}", 0),
        ("out = model(x)\n_, best = torch.max(out, 1)\nreturn {'best': best.item()}", 0),
        ("return model(x).argmax(dim=1).numpy().tolist()", 0),
        ("return {'p': max(x)}", 0),
    ],
)
def test_tensors_are_no_json(body: str, count: int) -> None:
    assert severities_of("SD120", findings_of(body, loader="torch.load")) == ["error"] * count


@pytest.mark.parametrize(
    ("call", "packages", "severities"),
    [
        ("pd.read_json(raw_data)", None, ["information"]),
        ("pd.read_json(json.dumps(x))", None, ["information"]),
        ("pd.read_json(x)", None, ["information"]),
        ("pd.read_json(raw_data)", {"pandas": ">=3"}, ["error"]),
        ("pd.read_json(raw_data)", {"pandas": "==1.5.3"}, []),
        ("pd.read_json(io.StringIO(raw_data))", None, []),
        ("pd.read_json('words.json')", None, []),
    ],
)
def test_text_is_no_path_for_pandas_3(call: str, packages: dict[str, str] | None, severities: list[str]) -> None:
    body = f"import io\nreturn model.predict({call}).tolist()"
    assert severities_of("SD158", findings_of(body, packages)) == severities


KEY = "8RyWq1+vT0aZx93LmNb7/cDeFgHiJkLmNoPqRsTuV5w=="


@pytest.mark.parametrize(
    ("line", "count"),
    [
        (f"os.getenv('BLOB_ACCOUNT_KEY', '{KEY}')", 1),
        (f"os.environ.get('PASSWORD', default='{KEY}')", 1),
        (f"connect(service_principal_password='{KEY}')", 1),
        (f"print('{KEY}')\npassword = '{KEY}'\nconnect(password='{KEY}')", 1),
        ("os.getenv('BLOB_ACCOUNT_KEY')", 0),
        ("os.getenv('BLOB_ACCOUNT_KEY', '')", 0),
        (f"os.getenv('IMAGE_DIGEST', '{KEY}')", 0),
        ("os.getenv('BLOB_ACCOUNT_KEY', '<the key of your account in Azure>')", 0),
    ],
)
def test_a_key_in_the_text_is_told_once(line: str, count: int) -> None:
    entry = (
        f"import os\n\nfrom own import connect\n\n{line}\n\n\ndef init():\n    pass\n\n\ndef run(data):\n    return 1\n"
    )
    assert severities_of("SD166", check(entry, Facts(path="/project/score.py"), "entry-script")) == ["warning"] * count
    script = (
        f"import os\n\nfrom azureml.core import Workspace\nfrom own import connect\n\n{line}\nWorkspace.from_config()\n"
    )
    assert severities_of("SD838", check(script, Facts(path="/project/deploy.py"), "sdk-script")) == ["warning"] * count


def test_one_remark_names_all_placeholders() -> None:
    text = "from azureml.core import Workspace\n\nws = Workspace('<name>', subscription_id='<sub-id>')\nprint(ws)\n"
    (finding,) = [each for each in check(text, Facts(path="/project/deploy.py")) if each.code == "SD839"]
    assert finding.message == "“<name>” and “<sub-id>” are placeholders; put the real values in their place."


def test_files_that_a_command_fills_in_and_handlers_before_triton_lack_nothing() -> None:
    filled_in = "$schema: https://azuremlschemas.azureedge.net/latest/batchDeployment.schema.json\nname: a\n"
    whole = f"{filled_in}endpoint_name: b\nmodel: azureml:m:1\n"
    facts = Facts(path="/project/batch-deployment.yml")
    assert "SD634" not in {each.code for each in check(filled_in, facts)}
    assert "SD634" in {each.code for each in check(whole, facts)}
    handler = "class ModelHandler:\n    def preprocess(self, data, context):\n        return data\n"
    codes = {each.code for each in check(handler, Facts(path="/project/score.py"), "entry-script")}
    assert not codes & {"SD103", "SD104"}
