"""What is said of deployment scripts and clients, case by case."""

from __future__ import annotations

from pathlib import Path

import pytest
from scoredock.analysis.facts import Facts
from scoredock.analysis.tree import Lines
from scoredock.checks.check import check

from checks.test_shapes_of_projects import told

HEAD = """import json
import requests
from azureml.core import Dataset, Environment, Experiment, Run, Workspace
from azureml.core.compute import AksCompute, AmlCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.image import ContainerImage, Image
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import AciWebservice, AksEndpoint, AksWebservice, LocalWebservice, Webservice

ws = Workspace.from_config()
model = Model(ws, "m")
config = InferenceConfig("score.py")
aci = AciWebservice(ws, "aci")
aks = AksWebservice(ws, "aks")
local = LocalWebservice(ws, "local")
service = Webservice(ws, "any")
"""


def said(line: str, head: str = HEAD) -> list[tuple[str, str]]:
    """Code and severity of what is found in the lines after the head."""
    text = f"{head}{line}\n"
    first = head.count("\n")
    found = check(text, Facts(path="/project/deploy.py"), "sdk-script")
    assert all(f.range.start.line >= first for f in found), found
    return [(f.code, f.severity) for f in found]


STEPS = (
    "from azureml.pipeline.steps import CommandStep, EstimatorStep,"
    " HyperDriveStep, ParallelRunStep, PythonScriptStep; step = object(); "
)
E, W, INFO, HINT = "error", "warning", "information", "hint"
CASES: list[tuple[str, list[tuple[str, str]]]] = [
    # methods and attributes
    ("ws.get_detail()", [("SD804", E)]),
    ("ws.getDetails()", [("SD804", E)]),
    ("print(ws.subscriptionid)", [("SD804", E)]),
    ("print(ws.my_own_thing)", []),
    ("ws.do_something_else()", [("SD804", E)]),
    ("model.add_tag({})", [("SD804", E)]),
    ("service.wait_for_completion(True)", [("SD804", E)]),
    ("service.scoring_url", [("SD804", E)]),
    ("service.predict('{}')", [("SD804", E)]),
    ("aks.create_version('b')", []),
    ("service.create_version(version_name='b')", []),
    ("CondaDependencies().add_pip_packages('a')", [("SD804", E)]),
    ("Environment('e').docker.base_image = 'x'", []),
    ("Environment('e').regster(ws)", [("SD804", E)]),
    ("Environment('e').something_new()", []),
    ("m = Model.Framework.SKLEARN", [("SD804", E)]),
    ("Model.register(ws, 'p', 'n', model_framework=Model.Framework.ONXX)", [("SD804", E)]),
    ("Dataset.Tabular.from_delimited_file('x')", [("SD804", E)]),
    ("Dataset.Tabular.from_delimited_files(path='x', validate=True)", []),
    ("Dataset.get_by_id(ws, '1')", []),
    ("Run.get_context().log('a', 1)", []),
    ("model.something = 1", []),
    ("ws._auth", []),
    # parameters
    ("Model.deploy(ws, 'abc', [model], config, deploymnt_config=None)", [("SD805", E)]),
    ("Model.deploy(ws=ws, name='abc', models=[model], inference_config=config)", [("SD805", E)]),
    ("Model.deploy(ws, 'abc', [model], config, name='abd')", [("SD807", E)]),
    ("Model.deploy(ws, 'abc')", [("SD806", E)]),
    ("AciWebservice.deploy_configuration(cpu=1)", [("SD805", E)]),
    ("AciWebservice.deploy_configuration(num_replicas=1)", [("SD805", E)]),
    ("LocalWebservice.deploy_configuration(cpu_cores=1)", [("SD805", E)]),
    ("aci.update(cpu_cores=2)", [("SD805", E)]),
    ("aks.update(cpu_cores=2)", []),
    ("InferenceConfig(entry_script='score.py', env=None)", [("SD805", E)]),
    ("InferenceConfig()", [("SD806", E)]),
    ("Workspace('a', 'b')", [("SD806", E)]),
    ("model.download(exists_ok=True)", [("SD811", HINT)]),
    ("service.run()", [("SD806", E)]),
    ("service.run('a', 'b')", [("SD807", E)]),
    ("service.get_keys(1)", [("SD807", E)]),
    ("Model.deploy(*[ws], **{})", []),
    ("Model.deploy(ws, **{})", []),
    ("Model(ws, 'm', None, None, 3)", []),
    ("Experiment(ws, 'e').submit(config=1)", []),
    # steps of pipelines
    (f"{STEPS}PythonScriptStep('t.py', source_directory='.', environment=Environment('e'))", [("SD805", E)]),
    (f"{STEPS}PythonScriptStep('t.py', source_directory='.', argument=[])", [("SD805", E)]),
    (f"{STEPS}PythonScriptStep(name='t')", [("SD806", E)]),
    (f"{STEPS}PythonScriptStep('t.py', 't', [], 'cpu', allow_reuse=False).run_after(step)", []),
    (f"{STEPS}EstimatorStep('t', estimator=step, entry_script_arguments=[])", [("SD805", E)]),
    (f"{STEPS}HyperDriveStep('t', hyperdrive_run_config=step)", [("SD805", E)]),
    (f"{STEPS}CommandStep('ls', script_name='t.py')", [("SD805", E)]),
    (f"{STEPS}ParallelRunStep('t', step, inputs=[], outputs=step)", [("SD805", E)]),
    ("from azureml.contrib.pipeline.steps import ParallelRunStep; ParallelRunStep('t', models=[model])", []),
    ("from azureml.pipeline.core import PipelineData; PipelineData('a', is_directory=True).as_mount()", []),
    ("from azureml.pipeline.core import PipelineData; PipelineData('a', data_store=None)", [("SD805", E)]),
    ("from azureml.core import ScriptRunConfig; ScriptRunConfig('.', script='t.py', environment=None)", []),
    ("from azureml.core import ScriptRunConfig; ScriptRunConfig('.', scripts='t.py')", [("SD805", E)]),
    # classes of values
    ("Model.deploy(ws, 'abc', model, config)", [("SD808", E)]),
    ("Model.deploy(model, 'abc', [model], config)", [("SD808", E)]),
    ("Model.deploy(ws, 'abc', [model], Environment('e'))", [("SD808", E)]),
    ("Model.deploy(ws, 'abc', [model], config, AciWebservice)", [("SD808", E)]),
    ("Model.deploy(ws, 'abc', [model], config, aci)", [("SD808", E)]),
    ("Model.deploy(ws, 'abc', ['m:1'], config)", []),
    ("InferenceConfig('score.py', environment=CondaDependencies())", [("SD808", E)]),
    ("Model.deploy(anything(), 'abc', [model], config)", [("SD802", E)]),
    # kinds of services
    ("local.update(deployment_config=AksWebservice.deploy_configuration())", [("SD809", E)]),
    ("local.update(deployment_config=LocalWebservice.deploy_configuration(1234))", []),
    (
        (
            "t = ComputeTarget.create(ws, 'k', AksCompute.provisioning_configuration())\ns = Model.deploy(ws, 'abc',"
            " [model], config, AciWebservice.deploy_configuration(), t)"
        ),
        [("SD809", W)],
    ),
    (
        "s = Model.deploy(ws, 'abc', [model], config, AksWebservice.deploy_configuration(), AmlCompute(ws, 'c'))",
        [("SD809", W)],
    ),
    ("local.get_keys()", [("SD820", E)]),
    ("aci.get_access_token()", [("SD820", E)]),
    ("aks.get_access_token()", []),
    ("aci.update()", [("SD823", E)]),
    # waiting
    ("s = Model.deploy(ws, 'abc', [model], config)\ns.run('{}')", [("SD810", W)]),
    ("s = Model.deploy(ws, 'abc', [model], config)\ns.run('{}')\ns.wait_for_deployment()", [("SD810", W)]),
    ("s = Model.deploy(ws, 'abc', [model], config)\nwait(s)\ns.run('{}')", [("SD802", E)]),
    (
        (
            "s = Model.deploy(ws, 'abc', [model], config)\nwhile s.state != 'Healthy':\n   "
            " s.update_deployment_state()\ns.run('{}')"
        ),
        [],
    ),
    ("s = Model.deploy(ws, 'abc', [model], config, LocalWebservice.deploy_configuration())\ns.run('{}')", []),
    (
        "i = ContainerImage.create(ws, 'img', [model], c)\ns = Webservice.deploy_from_image(ws, 'abc', image=i)",
        [("SD802", E), ("SD811", HINT), ("SD810", W)],
    ),
    ("i = ContainerImage.create(ws, 'img', [model], None)\ni.wait_for_creation(True)\nservice.update(image=i)", []),
    ("p = Model.package(ws, [model])\np.pull()", [("SD810", W)]),
    ("p = Model.profile(ws, 'p', [model], config, 1)\np.get_details()", [("SD810", W)]),
    ("p = Model.profile(ws, 'p', [model], config, 1)\np.wait_for_profiling(True)", [("SD804", E)]),
    ("def f():\n    s = Model.deploy(ws, 'abc', [model], config)\n    return s", []),
    # names
    ("Model.deploy(ws, 'My_Service', [model], config)", [("SD812", E)]),
    ("Model.deploy(ws, 'ab', [model], config)", [("SD812", E)]),
    ("Model.deploy(ws, '<my-service>', [model], config)", [("SD839", INFO)]),
    ("Model.deploy(ws, 'YOUR_SERVICE', [model], config)", [("SD839", INFO)]),
    ("Model.deploy(ws, 'a' * 40, [model], config)", []),
    ("name = 'Bad Name'\nModel.deploy(ws, name, [model], config)", [("SD812", E)]),
    ("Model.register(ws, 'p.pkl', 'my model')", [("SD812", E)]),
    ("Model.register(ws, 'p.pkl', '_model')", [("SD812", E)]),
    ("Model(ws, name='m:3')", [("SD819", E)]),
    ("Model(ws, 'm:3')", [("SD819", E)]),
    ("Model(ws, id='m:3')", []),
    # registering
    ("Model.register(ws, 'p.pkl', 'm', model_framework_version='1')", [("SD813", E)]),
    ("Model.register(ws, 'p.pkl', 'm', model_framework='ScikitLearn', model_framework_version='1')", []),
    ("m = Model.register(ws, 'p.pkl', 'm')\nModel.deploy(ws, 'abc', [m])", [("SD818", E)]),
    (
        "m = Model.register(ws, 'p.pkl', 'm', model_framework=Model.Framework.PYTORCH)\nModel.deploy(ws, 'abc', [m])",
        [("SD818", E)],
    ),
    ("Model.deploy(ws, 'abc', [model, model])", [("SD818", E)]),
    ("Model.deploy(ws, 'abc', [model])", []),
    # settings
    ("AciWebservice.deploy_configuration(cpu_cores=0)", [("SD817", E)]),
    ("AciWebservice.deploy_configuration(memory_gb=-1.5)", [("SD817", E)]),
    ("AciWebservice.deploy_configuration(ssl_enabled=True)", [("SD817", E)]),
    ("AciWebservice.deploy_configuration(vnet_name='v')", [("SD817", E)]),
    ("AksWebservice.deploy_configuration(auth_enabled=True, token_auth_enabled=True)", [("SD817", E)]),
    ("AksWebservice.deploy_configuration(token_auth_enabled=True, auth_enabled=False)", []),
    ("AksWebservice.deploy_configuration(autoscale_enabled=False)", [("SD817", E)]),
    ("AksWebservice.deploy_configuration(autoscale_max_replicas=3)", [("SD817", E)]),
    ("AksWebservice.deploy_configuration(autoscale_enabled=on(), autoscale_max_replicas=3)", [("SD802", E)]),
    (
        (
            "AksWebservice.deploy_configuration(autoscale_enabled=True, autoscale_min_replicas=5,"
            " autoscale_max_replicas=3)"
        ),
        [("SD817", E)],
    ),
    ("AksWebservice.deploy_configuration(cpu_cores=2, cpu_cores_limit=1)", [("SD817", E)]),
    ("AksWebservice.deploy_configuration(gpu_cores=-1)", [("SD817", E)]),
    ("LocalWebservice.deploy_configuration(port=70000)", [("SD817", E)]),
    ("LocalWebservice.deploy_configuration(port='8890')", [("SD817", E)]),
    ("aks.update(autoscale_max_replicas=3)", [("SD817", E)]),
    # entry scripts
    ("InferenceConfig('score.txt')", [("SD815", E)]),
    ("InferenceConfig('my-score.py')", [("SD815", E)]),
    ("InferenceConfig('src/score.py')", []),
    ("InferenceConfig('1score.py')", [("SD815", E)]),
    # old ways
    ("service.get_token()", [("SD811", HINT)]),
    ("ContainerImage.image_configuration('score.py', 'python')", [("SD811", HINT)]),
    # calls that are none
    ("service.delete", [("SD821", W)]),
    ("print(service.get_logs)", [("SD821", W)]),
    ("run = Experiment(ws, 'e').start_logging\nrun.log('a', 1)", [("SD821", W)]),
    ("run = Experiment(ws, 'e').start_logging()\nrun.log('a', 1)", []),
    ("begin = Experiment(ws, 'e').start_logging\nbegin().log('a', 1)", []),
    ("address = service.scoring_uri\nprint(address.upper())", []),
    ("r = requests.get(service.scoring_uri)\nprint(r.json)", [("SD821", W)]),
    ("logs = service.get_logs", []),
    # requests
    ("requests.post(service.scoring_uri, {'data': 1})", [("SD831", W)]),
    (
        "requests.post(service.scoring_uri, data={'data': 1}, headers={'Content-Type': 'application/json'})",
        [("SD831", W)],
    ),
    ("requests.post(service.scoring_uri, json={'data': 1})", []),
    ("requests.post('https://login.example.org', data={'user': 1})", []),
    ("requests.post(service.scoring_uri, json.dumps({}))", [("SD832", INFO)]),
    ("requests.post(service.scoring_uri, json.dumps({}), headers=headers())", [("SD802", E)]),
    ("requests.post('localhost:5001/score', json={})", [("SD835", E)]),
    ("requests.post('http://localhost:5001/', json={})", [("SD836", W)]),
    ("requests.get('http://localhost:5001/')", []),
    ("headers = {'Authorisation': 'Bearer ' + service.get_keys()[0]}", [("SD833", W)]),
    ("headers = {'Authorization': f'Bearer{service.get_keys()[0]}'}", [("SD833", W)]),
    ("headers = {}\nheaders['Authorization'] = 'Bearer' + service.get_keys()[0]", [("SD833", W)]),
    ("headers = {'Authentication': 'Bearer ' + service.get_keys()[0]}", [("SD833", W)]),
    ("service.run({'data': [[1]]})", [("SD834", E)]),
    ("rows = [[1]]\nservice.run(rows)", [("SD834", E)]),
    ("service.run(json.dumps({'data': [[1]]}))", []),
    ("headers = {'Authorization': 'Bearer ' + service.get_keys()}", [("SD841", E)]),
    ("token = aks.get_access_token()\nheaders = {'Authorization': 'Bearer ' + token}", [("SD841", E)]),
    ("key = service.get_keys()\nheaders = {'Authorization': 'Bearer ' + key[1]}", []),
    # secrets
    ("print(service.get_keys())", [("SD837", W)]),
    ("key, second = service.get_keys()\nprint(f'{key[:8]}… {key[-4:]}')", []),
    ("key, second = service.get_keys()\nprint(key[:20], key[4:], key[:-1])", [("SD837", W)]),
    ("keys = service.get_keys()\nprint(keys[:1])", [("SD837", W)]),
    ("key, second = service.get_keys()\nprint(key[:-1])", [("SD837", W)]),
    ("key, second = service.get_keys()\nprint(key)", [("SD837", W)]),
    ("primary_key, second = service.get_keys()\nprint(f'key {primary_key}')", [("SD837", W)]),
    ("print(len(service.get_keys()))", []),
    # of the class of another SDK, which a later import gives the name
    ("from azure.ai.ml.entities import Environment\nEnvironment(image='python:3.11')", []),
    (
        "from azure.ai.ml.entities import Environment\nfrom azureml.core import Environment\nEnvironment()",
        [("SD806", E)],
    ),
    # of a secret's name, and of a secret by the same kind of name
    ("import os\nfor secret in ('A', 'B'):\n    print(secret, os.environ[secret])", []),
    ("for primary_key in service.get_keys():\n    print(primary_key)", [("SD837", W)]),
    ("token = aks.get_access_token().access_token\nprint(token)", [("SD837", W)]),
    ("api_key = '8f0c1f5e2a7b4d6c9e3f1a2b3c4d5e6f'", [("SD838", W)]),
    ("settings = {'api_key': '8f0c1f5e2a7b4d6c9e3f1a2b3c4d5e6f'}", [("SD838", W)]),
    ("settings = {'api_key': 'the-key-of-the-service-v2'}", []),
    ("import os\nos.environ['AZURE_CLIENT_SECRET'] = '8f0c1f5e2a7b4d6c9e3f1a2b3c4d5e6f'", [("SD838", W)]),
    ("def call(data, api_key='8f0c1f5e2a7b4d6c9e3f1a2b3c4d5e6f'):\n    return data", [("SD838", W)]),
    ("api_key = '<paste your key of the service here>'", [("SD839", INFO)]),
    ("api_key = ''", []),
    ("password_file = 'secrets/8f0c1f5e2a7b4d6c9e3f.txt'", []),
    # syntax
    ("x = [1, 2\ny = 3", [("SD801", E)]),
    ("x = f(1))", [("SD801", E)]),
    ("x = {1: 2]", [("SD801", E)]),
    ("x = \u201ca\u201d", [("SD801", E)]),
    ("if True\n    pass", [("SD801", E)]),
    ("%matplotlib inline", [("SD102", E)]),
    ("return 1", [("SD101", E)]),
]


@pytest.mark.parametrize(("line", "expected"), CASES, ids=[line[:60] for line, _ in CASES])
def test_case(line: str, expected: list[tuple[str, str]]) -> None:
    assert said(line) == expected


IMPORTS = [
    ("from azureml.core import InferenceConfig", "from azureml.core.model import InferenceConfig"),
    (
        "from azureml.core import Model, AciWebservice",
        "from azureml.core.webservice import AciWebservice\nfrom azureml.core import Model",
    ),
    ("from azureml.core.webservices import Webservice", "from azureml.core.webservice import Webservice"),
    ("from azureml.core.webservice import AKSWebservice", "from azureml.core.webservice import AksWebservice"),
    ("import azureml.core.modell", "import azureml.core.model"),
    ("from azureml.cor import Workspace", "from azureml.core import Workspace"),
    ("from azureml.core import Workspce", "from azureml.core import Workspace"),
    ("import request", "import requests as request"),
]


@pytest.mark.parametrize(("line", "repaired"), IMPORTS)
def test_imports_are_repaired(line: str, repaired: str) -> None:
    text = f"{line}\n"
    (found,) = check(text, Facts(path="/project/deploy.py"), "sdk-script")
    lines = Lines(text)
    edits = sorted(
        ((lines.offset(e.range.start), lines.offset(e.range.end), e.new_text) for e in found.fixes[0].edits),
        reverse=True,
    )
    for start, end, new in edits:
        text = text[:start] + new + text[end:]
    assert text == f"{repaired}\n"
    assert check(text, Facts(path="/project/deploy.py"), "sdk-script") == []


@pytest.mark.parametrize(
    "line",
    [
        "from azureml.core.run import Run, OUTPUTS_DIR",
        "from azureml.core import *\nx = AnythingAtAll",
        "import azureml.core\nprint(azureml.core.VERSION)",
        "from azureml.train.automl import AutoMLConfig",
        "from azureml.contrib.services.aml_request import rawhttp",
        "from azureml.core._private import thing",
        "from azureml.data.dataset_consumption_config import DatasetConsumptionConfig",
        "from azureml.pipeline.core import Pipeline",
        "from azureml.widgets import RunDetails",
        "from azureml.monitoring import ModelDataCollector",
    ],
)
def test_imports_that_are_right(line: str) -> None:
    assert check(f"{line}\n", Facts(path="/project/deploy.py"), "sdk-script") == []


def test_files_are_looked_for_from_the_folder_of_the_script_upwards() -> None:
    text = (
        "from azureml.core import Workspace\nfrom azureml.core.model import InferenceConfig, Model\nws ="
        " Workspace.from_config()\nModel.register(ws, 'outputs/m.pkl', 'm')\nInferenceConfig('score.py',"
        " source_directory='src')\n"
    )

    def codes(*files: str) -> list[str]:
        there = {"/project", "/project/deploy", "/project/deploy/src", "/project/src", *files}
        facts = Facts(
            path="/project/deploy/run.py", exists=lambda p: p in there, is_folder=lambda p: p in there and "." not in p
        )
        return [f.code for f in check(text, facts, "sdk-script")]

    assert codes() == ["SD814", "SD816"]
    assert codes("/project/deploy/outputs/m.pkl", "/project/deploy/src/score.py") == []
    assert codes("/project/outputs/m.pkl", "/project/src/score.py") == []


def test_the_wait_is_inserted_behind_the_deployment() -> None:
    text = f"{HEAD}s = Model.deploy(\n    ws, 'abc', [model], config\n)\nprint(s.scoring_uri)\n"
    (found,) = check(text, Facts(path="/project/deploy.py"), "sdk-script")
    (edit,) = found.fixes[0].edits
    assert Lines(text).line(edit.range.start.line) == ")"
    assert edit.new_text == "\ns.wait_for_deployment(show_output=True)"


@pytest.mark.parametrize(
    ("place", "ending", "is_told"),
    [
        ("scripts/score.py", "", False),
        ("scripts/score.py", "deploy()\n", True),
        ("deep/scripts/score.py", "", True),
    ],
)
def test_a_file_that_only_defines_runs_in_the_folder_of_who_imports_it(
    place: str, ending: str, *, is_told: bool
) -> None:
    text = (
        "from azureml.core.model import InferenceConfig\n\n\ndef deploy():\n"
        f"    return InferenceConfig(entry_script='score.py', source_directory='.')\n\n\n{ending}"
    )
    there = {"/project", "/project/library", "/project/scripts", f"/project/{place}"}
    facts = Facts(
        path="/project/library/deploying.py",
        exists=lambda path: path in there,
        is_folder=lambda path: path in there and "." not in path,
        listing=lambda path: ["library", "scripts", "deep"] if path == "/project" else [],
    )
    assert [each.code for each in check(text, facts, "sdk-script")] == ["SD816"] * is_told


@pytest.mark.parametrize("schema", ["", "@input_schema('data', sample)\n"])
def test_a_content_type_is_wanted_where_the_own_service_may_have_a_schema(schema: str) -> None:
    text = (
        "import json\n\nimport requests\nfrom azureml.core.model import InferenceConfig\n\n"
        "config = InferenceConfig(entry_script='score.py')\n"
        "requests.post('http://localhost:6789/score', json.dumps([]))\n"
    )
    script = f"def init():\n    pass\n\n\n{schema}def run(data):\n    return data\n"
    facts = Facts(
        path="/project/deploy.py",
        exists=lambda path: path in {"/project", "/project/score.py"},
        read=lambda path: script if path == "/project/score.py" else None,
    )
    assert ("SD832" in [each.code for each in check(text, facts, "sdk-script")]) is bool(schema)


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ('print(Experiment(ws, "x").portal_url)', True),
        ("print(Experiment.list(ws)[0].name)", False),
        ('print(Experiment(ws, "x").name)', False),
        ('try:\n    print(Experiment(ws, "x").portal_url)\nexcept Exception:\n    pass', False),
        ('print(open("x").portal_url)', False),
    ],
)
def test_an_attribute_of_what_a_call_gives_is_told(line: str, is_told: bool) -> None:
    text = f"from azureml.core import Experiment, Workspace\n\nws = Workspace.from_config()\n{line}\n"
    findings = check(text, Facts(path="/project/deploy.py"))
    assert [f.message.split("”")[0] for f in findings if f.code == "SD825"] == ["“Experiment.portal_url"] * is_told


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("import json\nprint(json.dumps({}))\n", "init() or run()"),
        ("def init():\n    pass\n", "run()"),
        ("def init():\n    pass\n\n\ndef run(data):\n    return data\n", ""),
        ("from serving import *\n", ""),
        ("from serving import init, run\n", ""),
        ("def init():\n    global run\n    run = len\n", ""),
        ("if True:\n    def init():\n        pass\n\nrun = len\n", ""),
        ("def init(\n", ""),
        ("", ""),
    ],
)
def test_an_entry_script_that_lacks_what_the_server_calls(text: str, absent: str) -> None:
    files = {"/project/src/model.py": text}
    folders = ("/project", "/project/src")
    deploy = f"{HEAD}InferenceConfig('model.py', source_directory='src')\n"
    facts = Facts(path="/project/deploy.py", exists=files.__contains__, is_folder=folders.__contains__, read=files.get)
    found = [(f.severity, f.message) for f in check(deploy, facts, "sdk-script") if f.code == "SD815"]
    message = f"“model.py” defines no {absent}, so the service does not start."
    assert found == ([("warning", message)] if absent else [])
    written = deploy + "open('src/model.py', 'w').write(code)\n"
    assert not [f for f in check(written, facts, "sdk-script") if f.code == "SD815"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ContainerImage.image_configuration('src/model.py', 'python')", "no init() or run(), so the service does not"),
        ("ParallelRunConfig(entry_script='model.py', source_directory='src')", "no run(), so no mini-batch is scored"),
        ("ParallelRunConfig(entry_script='model.py', source_directory=FOLDER)", ""),
        ("ParallelRunConfig(entry_script='other.py', source_directory='src')", ""),
    ],
)
def test_a_script_of_an_image_or_of_a_batch_that_lacks_what_is_called(line: str, told: str) -> None:
    files = {"/project/src/model.py": "import json\nprint(json.dumps({}))\n", "/project/src/other.py": "run = len\n"}
    imports = "import os\nfrom azureml.pipeline.steps import ParallelRunConfig\nFOLDER = os.environ['FOLDER']\n"
    folders = ("/project", "/project/src")
    facts = Facts(path="/project/deploy.py", exists=files.__contains__, is_folder=folders.__contains__, read=files.get)
    found = [f.message for f in check(f"{HEAD}{imports}{line}\n", facts, "sdk-script") if f.code == "SD815"]
    assert len(found) == bool(told)
    assert all(told in each for each in found)


def test_what_does_not_exist_is_named_with_its_folder() -> None:
    run = "ScriptRunConfig(source_directory='jobs/', script='train.py')"
    text = f"{HEAD}from azureml.core import ScriptRunConfig\n{run}\n"
    there = ("/project", "/project/train.py", "/project/deploy.py", "/project/score.py")
    facts = Facts(path="/project/deploy.py", exists=there.__contains__)
    (found,) = (f for f in check(text, facts, "sdk-script") if f.code == "SD824")
    assert found.message == "“jobs/train.py” does not exist beside this script."


def test_what_a_run_would_end_at_is_one_remark() -> None:
    text = f"{HEAD}from azureml.pipeline.steps import AutoMLStep, DatabricksStep\n"
    text += "steps = [DatabricksStep(python_script_name='a.py'), AutoMLStep('b')]\nsteps += [DatabricksStep('c')]\n"
    (found,) = (f for f in check(text, Facts(path="/project/deploy.py"), "sdk-script") if f.code == "SD825")
    assert found.message.startswith("“DatabricksStep” and “AutoMLStep” have no meaning on this machine")
    assert text.splitlines()[found.range.start.line].startswith("steps = [")


@pytest.mark.parametrize(
    "line",
    [
        "from azureml.logging import get_azureml_logger\nget_azureml_logger().log('a', 1)",
        "from azureml.contrib.interpret.explanation.explanation_client import ExplanationClient\n"
        "ExplanationClient.from_run_id(Workspace.from_config(), 'e', 'r').list_model_explanations()",
    ],
)
def test_what_answers_in_a_package_that_is_absent_ends_no_run(line: str) -> None:
    assert "SD825" not in {code for code, _ in said(line)}
    assert "SD825" in {code for code, _ in said("import azureml.dataprep as dprep\ndprep.read_csv('a.csv')")}


@pytest.mark.parametrize(
    ("files", "is_told"),
    [
        ({"config.json": "[]"}, True),
        ({"../config.json": ' [{"a": 1}]'}, True),
        ({"config.json": "[]", ".azureml/config.json": "{}"}, False),
        ({"config.json": "[]", "../.azureml/config.json": "{}"}, False),
        ({"config.json": '{"workspace_name": "w"}'}, False),
        ({}, False),
    ],
)
def test_a_file_of_a_workspace_that_is_a_list(tmp_path: Path, files: dict[str, str], *, is_told: bool) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    found = told(
        folder, "deploy.py", {"deploy.py": "from azureml.core import Workspace\n\nws = Workspace.from_config()\n"}
    )
    assert ("SD824" in {code for code, _ in found}) is is_told


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("import json\nprint(json.dumps([]\n", "in line 2, which ends its run: '(' was never closed."),
        ("import json\n", ""),
        ("%%writefile train.py\nimport json\n", ""),
    ],
)
def test_a_submitted_script_that_python_cannot_read(tmp_path: Path, script: str, problem: str) -> None:
    (tmp_path / "train.py").write_text(script)
    line = "from azureml.core import ScriptRunConfig\nScriptRunConfig('.', script='train.py')\n"
    facts = Facts(
        path=str(tmp_path / "deploy.py"),
        exists=lambda name: Path(name).exists(),
        is_folder=lambda name: Path(name).is_dir(),
        read=lambda name: Path(name).read_text() if Path(name).is_file() else None,
    )
    found = [f.message for f in check(f"{HEAD}{line}", facts, "sdk-script") if f.code == "SD815"]
    assert found == [f"“train.py” has an error {problem}"] * bool(problem)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("執行下列資料格\uff0c以提交工作。", "this line is text and no code; write # before it"),
        ("安裝套件之後\uff0c現在您已準備好", "this line is text and no code; write # before it"),
        ("print(ws\uff0c 2)", "the character \uff0c comes from a word processor; write ,"),
        ("print('名前'\uff0c 2)", "the character \uff0c comes from a word processor; write ,"),
    ],
)
def test_a_line_of_text_in_another_script_is_no_slip_of_a_comma(line: str, problem: str) -> None:
    (found,) = (
        f for f in check(f"{HEAD}{line}\n", Facts(path="/project/deploy.py"), "sdk-script") if f.code == "SD801"
    )
    assert found.message == f"Python cannot read this: {problem}."
    assert len(found.fixes) == 1, "the line is repaired"


PARSER = (
    "import argparse\n\nparser = argparse.ArgumentParser(description='train')\n"
    "parser.add_argument('--learning-rate', type=float)\ngroup = parser.add_argument_group('data')\n"
    "group.add_argument('-d', '--data')\nargs = parser.parse_args()\n"
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (PARSER, ["--data_folder", "--learning_rate"]),
        (PARSER.replace("args = parser.parse_args", "args, rest = parser.parse_known_args"), []),
        (PARSER.replace("parse_args()", "parse_args([])"), []),
        (PARSER.replace("group.add", "add_more(parser)\ngroup.add"), []),
        (PARSER.replace("'--data'", "name"), []),
        (PARSER.replace("description='train'", "parents=[others]"), []),
        ("import click\n", []),
    ],
)
@pytest.mark.parametrize(
    "submission",
    [
        "from azureml.core import ScriptRunConfig\nScriptRunConfig('.', 'train.py', sent)\n",
        "from azureml.pipeline.steps import PythonScriptStep\n"
        "PythonScriptStep('train.py', arguments=sent, source_directory='.')\n",
    ],
)
def test_options_that_the_parser_of_a_submitted_script_refuses(
    tmp_path: Path, text: str, told: list[str], submission: str
) -> None:
    """A beginning of an option is as good as the whole."""
    (tmp_path / "train.py").write_text(text)
    sent = "sent = ['--data_folder', 'x', '--learning_rate=1', '--learn', 2, '-d', '--data', ws]\n"
    facts = Facts(
        path=str(tmp_path / "deploy.py"),
        exists=lambda name: Path(name).exists(),
        is_folder=lambda name: Path(name).is_dir(),
        read=lambda name: Path(name).read_text() if Path(name).is_file() else None,
    )
    found = [f.message for f in check(f"{HEAD}{sent}{submission}", facts, "sdk-script") if f.code == "SD815"]
    assert [message.split(" has no option ")[1].split(",")[0] for message in found] == told


@pytest.mark.parametrize(("folder", "named"), [("", "code/clean.py"), ("code", "clean.py"), ("code", "code/clean.py")])
def test_a_script_of_a_step_that_python_cannot_read(tmp_path: Path, folder: str, named: str) -> None:
    """The pipeline is made beside it, or from a folder above."""
    step = f'step = PythonScriptStep("{named}", name="clean", source_directory=".")\n'
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "clean.py").write_text("import os\n<<<<<<< HEAD\n")
    pipeline = f"from azureml.pipeline.steps import PythonScriptStep\n\n{step}"
    facts = Facts(
        path=str(tmp_path / folder / "pipeline.py"),
        exists=lambda name: Path(name).exists(),
        is_folder=lambda name: Path(name).is_dir(),
        read=lambda name: Path(name).read_text() if Path(name).is_file() else None,
    )
    found = [f.message for f in check(pipeline, facts, "sdk-script") if f.code == "SD815"]
    assert found == [f"“{named}” has an error in line 2, which ends its run: invalid syntax."]


def test_a_function_that_a_failed_import_would_need_ends_no_run() -> None:
    text = (
        "try:\n    from azureml.train.hyperdrive import uniform\nexcept ImportError:\n"
        "    from azureml.pipeline.steps import AutoMLStep\n\n    def uniform(low, high):\n"
        "        return AutoMLStep(low)\n\nfrom azureml.pipeline.steps import DatabricksStep\n\n"
        "print(uniform(0, 1), DatabricksStep('a'))\n"
    )
    (found,) = (f for f in check(text, Facts(path="/project/deploy.py"), "sdk-script") if f.code == "SD825")
    assert found.message.startswith("“DatabricksStep” has no meaning")
    plain = text.replace("try:\n", "if True:\n").replace("except ImportError:\n", "if True:\n")
    (found,) = (f for f in check(plain, Facts(path="/project/deploy.py"), "sdk-script") if f.code == "SD825")
    assert found.message.startswith("“AutoMLStep” and “DatabricksStep” have")


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("SKLearn('.', entry_script='a.py', pip_packages=['joblib', 'sklearn'])", "scikit-learn"),
        ("names = ['sklearn']\nCondaDependencies.create(pip_packages=names)", "scikit-learn"),
        ("CondaDependencies.create(conda_packages=['sklearn'])", "scikit-learn"),
        ("CondaDependencies().add_pip_package('cv2>=4')", "opencv-python-headless"),
        ("CondaDependencies.create(pip_packages=['scikit-learn', 'sklearn==0.0'])", ""),
        ("CondaDependencies.create(conda_packages=['yaml'])", ""),
        ("print(dict(pip_packages=['sklearn']))", ""),
    ],
)
def test_packages_that_a_script_lists_by_names_that_nothing_installs(line: str, right: str) -> None:
    head = (
        "from azureml.core.conda_dependencies import CondaDependencies\nfrom azureml.train.sklearn import SKLearn\n\n"
    )
    found = [f for f in check(f"{head}{line}\n", Facts(path="/project/deploy.py"), "sdk-script") if f.code == "SD418"]
    assert [(f.severity, f.message.rpartition("“")[2].partition("”")[0]) for f in found] == (
        [("warning", right)] if right else []
    )
