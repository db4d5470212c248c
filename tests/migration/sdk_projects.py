"""Scripts of the SDK v1 as people write them, all of whose calls have a form in azure-ai-ml; and the requests that the
rewritten ones make."""

from __future__ import annotations

from dataclasses import dataclass

_HEAD = """\
from azureml.core import Environment, Model, Workspace
from azureml.core.compute import AksCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice, AksWebservice, LocalWebservice, Webservice

ws = Workspace.from_config()
"""
_CONFIG = """\
env = Environment.from_conda_specification("scoring", "conda.yml")
inference_config = InferenceConfig(entry_script="score.py", source_directory="src", environment=env)
"""
_SERVICE = 'service = Webservice(ws, "prices")\n'
_MODEL = 'model = Model.register(ws, "model.pkl", "prices")\n'


@dataclass(frozen=True)
class SdkProject:
    """One script."""

    script: str
    requests: tuple[str, ...]
    """Method and path of what must be sent, in this order among others."""
    printed: str = ""
    before: tuple[str, ...] = ()
    """What is in the workspace already: `endpoint`, `model`, `environment`."""


_IS_THERE = ("endpoint",)
_ENDPOINT = "PUT onlineEndpoints/prices"
_DEPLOYMENT = "PUT onlineEndpoints/prices/deployments/blue"
PROJECTS = {
    "register a model": SdkProject(
        _HEAD + _MODEL + "print(model.name, model.version)\n", ("PUT models/prices/versions/1",), "prices 1"
    ),
    "register with tags": SdkProject(
        _HEAD
        + 'model = Model.register(workspace=ws, model_path="model.pkl", model_name="prices", tags={"a": "b"},\n'
        + '                       description="of houses", properties={"p": "1"})\nprint(model.tags["a"])\n',
        ("PUT models/prices/versions/1",),
        "b",
    ),
    "register a folder": SdkProject(
        _HEAD + 'model = Model.register(ws, "outputs", "folder")\nprint(model.id)\n',
        ("PUT models/folder/versions/1",),
        "folder:1",
    ),
    "newest model": SdkProject(_HEAD + 'model = Model(ws, "prices")\nprint(model.version)\n', (), "1", ("model",)),
    "one version": SdkProject(_HEAD + 'print(Model(ws, "prices", version=1).name)\n', (), "prices", ("model",)),
    "list models": SdkProject(
        _HEAD + 'for each in Model.list(ws, name="prices"):\n    print(each.name)\n', (), "prices", ("model",)
    ),
    "register an environment": SdkProject(
        _HEAD + 'env = Environment.from_conda_specification("scoring", "conda.yml")\nenv.register(ws)\n',
        ("PUT environments/scoring/versions/1",),
    ),
    "get an environment": SdkProject(
        _HEAD + 'env = Environment.get(ws, "scoring", version="1")\nprint("got", env is not None)\n',
        (),
        "got True",
        ("environment",),
    ),
    "deploy to ACI": SdkProject(
        _HEAD
        + _MODEL
        + _CONFIG
        + "config = AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=2, auth_enabled=True)\n"
        + 'service = Model.deploy(ws, "prices", [model], inference_config, config)\n'
        + "service.wait_for_deployment(show_output=True)\nprint(service.state, service.scoring_uri)\n",
        ("PUT models/prices/versions/1", _ENDPOINT, _DEPLOYMENT, _ENDPOINT),
        "SUCCEEDED https://scoring",
    ),
    "deploy with app insights": SdkProject(
        _HEAD
        + _MODEL
        + _CONFIG
        + "config = AciWebservice.deploy_configuration(enable_app_insights=True, tags={'t': 'u'}, description='d')\n"
        + 'service = Model.deploy(ws, "prices", [model], inference_config, config, overwrite=True)\n',
        (_ENDPOINT, _DEPLOYMENT),
    ),
    "deploy to AKS": SdkProject(
        _HEAD
        + _MODEL
        + _CONFIG
        + 'cluster = AksCompute(ws, "cluster")\n'
        + "config = AksWebservice.deploy_configuration(cpu_cores=1, memory_gb=1, autoscale_enabled=True,\n"
        + "    autoscale_min_replicas=1, autoscale_max_replicas=3, scoring_timeout_ms=30000)\n"
        + 'service = Model.deploy(ws, "prices", [model], inference_config, config, deployment_target=cluster)\n',
        (_ENDPOINT, _DEPLOYMENT),
    ),
    "deploy without a configuration": SdkProject(
        _HEAD + _MODEL + _CONFIG + 'service = Model.deploy(ws, "prices", [model], inference_config)\n',
        (_ENDPOINT, _DEPLOYMENT),
    ),
    "deploy a registered model": SdkProject(
        _HEAD
        + 'model = Model(ws, "prices")\n'
        + _CONFIG
        + "config = AciWebservice.deploy_configuration()\n"
        + 'service = Model.deploy(ws, "prices", [model], inference_config, config)\nprint(service.name)\n',
        (_ENDPOINT, _DEPLOYMENT),
        "prices",
        ("model",),
    ),
    "look at a service": SdkProject(
        _HEAD + _SERVICE + "print(service.state, service.swagger_uri)\n", (), "swagger.json", _IS_THERE
    ),
    "list services": SdkProject(
        _HEAD + "for each in Webservice.list(ws):\n    print(each.name)\n", (), "prices", _IS_THERE
    ),
    "services by name": SdkProject(_HEAD + 'print(ws.webservices["prices"].name)\n', (), "prices", _IS_THERE),
    "keys": SdkProject(
        _HEAD + _SERVICE + "first, second = service.get_keys()\nprint(first, second)\n",
        ("POST onlineEndpoints/prices/listKeys",),
        "the-first-key the-second-key",
        ("endpoint",),
    ),
    "new key": SdkProject(
        _HEAD + _SERVICE + 'service.regen_key("Primary")\n',
        ("POST onlineEndpoints/prices/regenerateKeys",),
        "",
        ("endpoint",),
    ),
    "logs": SdkProject(
        _HEAD + _SERVICE + "print(service.get_logs(num_lines=50))\n",
        ("POST onlineEndpoints/prices/deployments/blue/getLogs",),
        "a line of the log",
        ("endpoint",),
    ),
    "call": SdkProject(
        _HEAD + "import json\n" + _SERVICE + 'print(service.run(json.dumps({"data": [1, 2]})))\n',
        (),
        "'data': [1, 2]",
        ("endpoint",),
    ),
    "delete": SdkProject(_HEAD + _SERVICE + "service.delete()\n", ("DELETE onlineEndpoints/prices",), "", _IS_THERE),
    "names of the workspace": SdkProject(
        _HEAD.replace("Workspace.from_config()", 'Workspace.get(name="w", subscription_id="s", resource_group="g")')
        + "print(ws.name, ws.resource_group, ws.subscription_id)\n",
        (),
        "w g s",
    ),
}
