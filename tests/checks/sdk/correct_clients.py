"""Correct deployment and client scripts, notebooks and command files in many styles. The checks must find no error and
no warning.

Long because it is a list of whole files.
"""

from __future__ import annotations

import json

FILES: dict[str, str] = {}


def _add(name: str, text: str) -> None:
    FILES[name] = text.lstrip("\n")


def _notebook(name: str, *cells: str) -> None:
    listed = [
        {
            "cell_type": "code",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": c.lstrip("\n").splitlines(keepends=True),
        }
        for c in cells
    ]
    prose = {
        "cell_type": "markdown",
        "metadata": {},
        "source": ["# Deploy with `az ml service deplyo`\n", "Model.deploy("],
    }
    whole = {
        "cells": [prose, *listed],
        "metadata": {"kernelspec": {"language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    FILES[f"{name}.ipynb"] = json.dumps(whole, indent=1) + "\n"


_add(
    "aci.py",
    """
import os

from azureml.core import Environment, Model, Workspace
from azureml.core.authentication import ServicePrincipalAuthentication
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice

auth = ServicePrincipalAuthentication(
    tenant_id=os.environ["TENANT"],
    service_principal_id=os.environ["APP"],
    service_principal_password=os.environ["APP_SECRET"],
)
ws = Workspace.get(
    name=os.environ["WORKSPACE"],
    subscription_id=os.environ["SUBSCRIPTION"],
    resource_group=os.environ["GROUP"],
    auth=auth,
)
env = Environment.from_pip_requirements("house-env", "requirements.txt")
config = InferenceConfig(entry_script="score.py", source_directory="src", environment=env)
settings = AciWebservice.deploy_configuration(
    cpu_cores=1, memory_gb=1.5, tags={"team": "houses"}, description="guesses prices", auth_enabled=True, dns_name_label="houses"
)
service = Model.deploy(
    workspace=ws,
    name="house-prices",
    models=[Model(ws, "house_prices")],
    inference_config=config,
    deployment_config=settings,
    overwrite=True,
)
service.wait_for_deployment(show_output=True)
if service.state != "Healthy":
    print(service.get_logs())
    raise SystemExit(1)
print(f"ready at {service.scoring_uri}")
""",  # noqa: E501 (a text that would change if it were wrapped)
)
_add(
    "aks.py",
    """
from azureml.core import Workspace
from azureml.core.compute import AksCompute, ComputeTarget
from azureml.core.compute_target import ComputeTargetException
from azureml.core.environment import Environment
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import AksWebservice, Webservice
from azureml.exceptions import WebserviceException

ws = Workspace.from_config()
print(ws.name, ws.resource_group, ws.location, ws.subscription_id, sep="\\n")
cluster_name = "my-aks"
try:
    cluster = ComputeTarget(workspace=ws, name=cluster_name)
except ComputeTargetException:
    size = AksCompute.provisioning_configuration(vm_size="Standard_D3_v2", agent_count=3)
    size.enable_ssl(leaf_domain_label="houses")
    cluster = ComputeTarget.create(workspace=ws, name=cluster_name, provisioning_configuration=size)
if cluster.get_status() != "Succeeded":
    cluster.wait_for_completion(show_output=True)

settings = AksWebservice.deploy_configuration(
    autoscale_enabled=True,
    autoscale_min_replicas=1,
    autoscale_max_replicas=3,
    autoscale_refresh_seconds=10,
    autoscale_target_utilization=70,
    auth_enabled=True,
    cpu_cores=0.5,
    memory_gb=1,
    cpu_cores_limit=1,
    memory_gb_limit=2,
    scoring_timeout_ms=5000,
    replica_max_concurrent_requests=2,
    max_request_wait_time=500,
    enable_app_insights=True,
    collect_model_data=True,
    namespace="houses",
)
name = "house-aks"
try:
    service = AksWebservice(ws, name)
    service.update(enable_app_insights=True, autoscale_enabled=True, autoscale_max_replicas=5)
except WebserviceException:
    env = Environment.get(ws, "AzureML-sklearn-1.0-ubuntu20.04-py38-cpu")
    service = Model.deploy(
        ws, name, Model.list(ws, name="house_prices", latest=True), InferenceConfig("score.py", environment=env), settings, cluster
    )
    service.wait_for_deployment(True)
primary, secondary = service.get_keys()
service.regen_key("Primary")
token = service.get_access_token()
for other in Webservice.list(ws, compute_type="AKS"):
    print(other.name, other.state)
""",  # noqa: E501 (a text that would change if it were wrapped)
)
_add(
    "rollout.py",
    """
from azureml.core import Workspace
from azureml.core.model import Model
from azureml.core.webservice import AksEndpoint


def start(ws: Workspace, inference_config, compute):
    config = AksEndpoint.deploy_configuration(
        cpu_cores=0.1,
        memory_gb=0.2,
        enable_app_insights=True,
        tags={"houses": "demo"},
        description="two versions",
        version_name="version-a",
        traffic_percentile=20,
    )
    endpoint = Model.deploy(ws, "house-endpoint", [Model(ws, "house_prices", version=2)], inference_config, config, compute)
    endpoint.wait_for_deployment(show_output=True)
    endpoint.create_version(
        version_name="version-b",
        inference_config=inference_config,
        models=[Model(ws, id="house_prices:3")],
        tags={"houses": "next"},
        description="the next one",
        traffic_percentile=50,
    )
    endpoint.wait_for_deployment(True)
    endpoint.update_version(version_name="version-b", traffic_percentile=80, is_default=True, is_control_version_type=True)
    endpoint.delete_version(version_name="version-a")
    return endpoint.versions
""",  # noqa: E501 (a text that would change if it were wrapped)
)
_add(
    "local.py",
    """
import json

from azureml.core import Environment, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import LocalWebservice

ws = Workspace.from_config()
env = Environment("local-env")
env.python.conda_dependencies = CondaDependencies.create(
    conda_packages=["numpy"], pip_packages=["azureml-defaults", "scikit-learn==1.3.2"], python_version="3.10"
)
env.docker.base_image = None
env.inferencing_stack_version = "latest"
env.environment_variables = {"VERBOSE": "1"}
model = Model.register(model_path="model.pkl", model_name="house_prices", tags={"area": "north"}, description="ridge", workspace=ws)
config = InferenceConfig(source_directory="src", entry_script="score.py", environment=env)
service = Model.deploy(ws, "local-houses", [model], config, LocalWebservice.deploy_configuration(port=6789))
print(service.run(json.dumps({"data": [[1, 2]]})))
service.wait_for_deployment()
service.reload()
service.update(models=[model], inference_config=config, deployment_config=LocalWebservice.deploy_configuration(), wait=True)
print(service.port, service.get_logs(num_lines=100))
service.delete()
""",  # noqa: E501 (a text that would change if it were wrapped)
)
_add(
    "no_code.py",
    """
from azureml.core import Model, Workspace
from azureml.core.resource_configuration import ResourceConfiguration

ws = Workspace.from_config()
model = Model.register(
    workspace=ws,
    model_name="net",
    model_path="net.onnx",
    model_framework=Model.Framework.ONNX,
    model_framework_version="1.14",
    resource_configuration=ResourceConfiguration(cpu=1, memory_in_gb=0.5, gpu=None),
)
service = Model.deploy(ws, "net-service", [model])
service.wait_for_deployment(show_output=True)
""",
)
_add(
    "packaged.py",
    """
from azureml.core import Workspace
from azureml.core.model import Model

ws = Workspace.from_config()
package = Model.package(ws, [Model(ws, "house_prices")], generate_dockerfile=True)
package.wait_for_creation(show_output=True)
package.save("./image")
registry = package.get_container_registry()
print("docker login", registry.address)
image = Model.package(ws, [], image_name="houses", image_label="7")
while image.state not in ("Succeeded", "Failed"):
    image.update_creation_state()
image.pull()
print(image.location)
""",
)
_add(
    "profiled.py",
    """
from azureml.core import Dataset, Workspace
from azureml.core.model import InferenceConfig, Model

ws = Workspace.from_config()
rows = Dataset.get_by_name(ws, "rows")
profile = Model.profile(ws, "houses-7", [Model(ws, "house_prices")], InferenceConfig("score.py"), input_dataset=rows, cpu=1.0, memory_in_gb=0.5)
profile.wait_for_completion(True)
details = profile.get_details()
print(details["recommendedCpu"], details["recommendedMemoryInGB"], details.get("averageLatencyInMs"))
""",  # noqa: E501 (a text that would change if it were wrapped)
)
_add(
    "tags.py",
    """
from azureml.core import Workspace
from azureml.core.model import Model

ws = Workspace.from_config()
for model in Model.list(ws, tags=["area", ["kind", "ridge"]], latest=True):
    model.add_tags({"checked": "yes"})
    model.remove_tags("draft")
    model.add_properties({"source": "night"})
    model.update(description="checked")
    print(model.name, model.version, model.id, model.created_time, model.tags, model.properties)
found = ws.models["house_prices"]
path = found.download(target_dir=".", exist_ok=True)
print(path, Model.get_model_path("house_prices", _workspace=ws))
found.delete()
""",
)
_add(
    "train_and_register.py",
    """
import joblib
from azureml.core.run import Run
from sklearn.linear_model import Ridge

run = Run.get_context()
model = Ridge().fit([[1.0]], [2.0])
joblib.dump(model, "outputs/ridge.pkl")
run.log("alpha", 1.0)
run.upload_file("outputs/ridge.pkl", "outputs/ridge.pkl")
registered = run.register_model(model_name="ridge", model_path="outputs/ridge.pkl", tags={"run": run.id})
print(registered.version)
run.complete()
""",
)
_add(
    "experiment.py",
    """
from azureml.core import Experiment, ScriptRunConfig, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget

ws = Workspace.from_config()
target = ComputeTarget.create(ws, "cpu", AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=4))
target.wait_for_completion(show_output=True, min_node_count=None, timeout_in_minutes=20)
run = Experiment(workspace=ws, name="houses").submit(ScriptRunConfig(source_directory=".", script="train.py", compute_target=target))
run.wait_for_completion(show_output=True)
print(run.get_metrics(), run.get_file_names())
model = run.register_model("house_prices", model_path="outputs/model.pkl")
""",  # noqa: E501 (a text that would change if it were wrapped)
)
_add(
    "requests_text.py",
    """
import json
import os

import requests

scoring_uri = os.environ["SCORING_URI"]
key = os.environ["SCORING_KEY"]
headers = {"Content-Type": "application/json"}
headers["Authorization"] = f"Bearer {key}"
body = json.dumps({"data": [[0.1, 0.2]]})
resp = requests.post(scoring_uri, body, headers=headers, timeout=10)
resp.raise_for_status()
print(resp.status_code, resp.json())
""",
)
_add(
    "requests_json.py",
    """
import requests

SCORING_URI = "http://localhost:5001/score"

if __name__ == "__main__":
    with requests.Session() as session:
        answer = session.post(SCORING_URI, json={"data": [[1, 2]]}, headers={"Authorization": "Bearer " + input("key: ")})
    assert answer.ok, answer.text
    print(answer.json()["result"])
    print(requests.get("http://localhost:5001/").text)
""",  # noqa: E501 (a text that would change if it were wrapped)
)
_add(
    "requests_bytes.py",
    """
from pathlib import Path

import requests

url = "https://houses.westeurope.azurecontainer.io/score"
data = Path("picture.jpg").read_bytes()
res = requests.post(url=url, data=data, headers={"Content-Type": "application/octet-stream"})
form = {"user": "ada"}
requests.post("https://login.example.org/token", data=form)
print(res.content)
""",
)
_add(
    "urllib_client.py",
    """
import json
import urllib.request

from azureml.core import Workspace
from azureml.core.webservice import Webservice

service = Webservice(workspace=Workspace.from_config(), name="house-prices")
key, _ = service.get_keys()
request = urllib.request.Request(
    service.scoring_uri,
    json.dumps({"data": [[1.0]]}).encode(),
    {"Content-Type": "application/json", "Authorization": "Bearer " + key},
)
with urllib.request.urlopen(request) as reply:
    print(json.load(reply))
print(len(key), bool(key))
""",
)
_add(
    "helpers.py",
    """
import argparse

from azureml.core import Workspace
from azureml.core.model import Model


def connect(path=None):
    return Workspace.from_config(path=path) if path else Workspace.from_config()


def newest(ws, name, **filters):
    models = Model.list(ws, name=name, **filters)
    return max(models, key=lambda m: m.version, default=None)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--password", default=None)
    args = parser.parse_args()
    ws = connect()
    model = newest(ws, args.name, latest=True)
    if model is None:
        parser.error("no such model")
    arguments = [ws, "any-name", [model]]
    options = {"overwrite": True}
    return Model.deploy(*arguments, **options)


if __name__ == "__main__":
    main()
""",
)
_add(
    "old_way.py",
    """
from azureml.core import Workspace
from azureml.core.image import ContainerImage, Image
from azureml.core.model import Model
from azureml.core.webservice import AciWebservice, Webservice

ws = Workspace.from_config()
image_config = ContainerImage.image_configuration(execution_script="score.py", runtime="python", conda_file="env.yml")
image = ContainerImage.create(name="houses", models=[Model(ws, "house_prices")], image_config=image_config, workspace=ws)
image.wait_for_creation(show_output=True)
settings = AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=1)
service = Webservice.deploy_from_image(deployment_config=settings, image=image, name="house-prices", workspace=ws)
service.wait_for_deployment(True)
service.update(image=Image(ws, id="houses:2"))
""",  # noqa: E501 (a text that would change if it were wrapped)
)
_add(
    "v2.py",
    """
import requests
from azure.ai.ml import MLClient
from azure.ai.ml.entities import CodeConfiguration, Environment, ManagedOnlineDeployment, ManagedOnlineEndpoint, Model
from azure.identity import DefaultAzureCredential

client = MLClient.from_config(DefaultAzureCredential())
endpoint = ManagedOnlineEndpoint(name="houses", auth_mode="key")
client.online_endpoints.begin_create_or_update(endpoint).result()
deployment = ManagedOnlineDeployment(
    name="blue",
    endpoint_name="houses",
    model=Model(path="model.pkl"),
    environment=Environment(conda_file="env.yml", image="mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"),
    code_configuration=CodeConfiguration(code=".", scoring_script="score.py"),
    instance_type="Standard_DS3_v2",
    instance_count=1,
)
client.online_deployments.begin_create_or_update(deployment).result()
scoring_uri = client.online_endpoints.get("houses").scoring_uri
key = client.online_endpoints.get_keys("houses").primary_key
print(requests.post(scoring_uri, json={"data": []}, headers={"Authorization": f"Bearer {key}"}).json())
""",
)
_add(
    "guarded.py",
    """
try:
    from azureml.core import Workspace
    from azureml.core.webservices import Webservice
except ImportError:
    Workspace = None
    from azureml.core.webservice import Webservice


class Deployer:
    def __init__(self, ws=None):
        self.ws = ws or Workspace.from_config()
        self.service = None

    def deploy(self, name):
        self.service = Webservice(self.ws, name)
        return self.service.scoring_uri

    @property
    def address(self):
        return self.service.scoring_uri if self.service else ""
""",
)
_add(
    "cells.py",
    """
# %%
from azureml.core.webservice import AciWebservice

# %%
service = Model.deploy(ws, "from-cell", [model], config, AciWebservice.deploy_configuration()) if False else None

# %%
from azureml.core.model import Model
""",
)
_add(
    "placeholders_in_text.py",
    '''
"""Usage: deploy.py <workspace>"""
from azureml.core import Workspace

ws = Workspace.from_config()
print("<b>bold</b>", "<workspace>")
page = "<html><body>{}</body></html>".format(ws.name)
''',
)
_add(
    "keyvault.py",
    """
from azureml.core import Run, Workspace
from azureml.core.datastore import Datastore

ws = Workspace.from_config()
vault = ws.get_default_keyvault()
vault.set_secret(name="db", value=input())
password = vault.get_secret("db")
Datastore.register_azure_blob_container(
    workspace=ws, datastore_name="raw", container_name="raw", account_name="houses", account_key=password, create_if_not_exists=True
)
print("secret stored under", "db")
print(Run.get(ws, "abc").get_status())
""",  # noqa: E501 (a text that would change if it were wrapped)
)
_add(
    "deploy.sh",
    r"""
#!/bin/bash
set -euo pipefail
# az ml model deplyo would be wrong
az extension add -n azure-cli-ml
az ml folder attach -w "$WORKSPACE" -g ${GROUP}
az ml model register -n house_prices -p model.pkl --model-framework ScikitLearn --cc 1 --gb 0.5 --tag area=north --tag kind=ridge -t model.json
az ml model deploy --name house-prices \
    -f model.json \
    --ic inferenceconfig.json --dc deploymentconfig.json \
    --overwrite -v || exit 1
KEY=$(az ml service get-keys -n house-prices --query primaryKey -o tsv)
az ml service run -n house-prices -d '{"data": [[1, 2], [3, 4]]}' > answer.json 2>&1
az ml service get-logs --name house-prices --num_lines 100 | tail -n 20
az ml service update -n house-prices --add-tag state=live --ae true --cc 2
az ml service list -c ACI; az ml model list -n house_prices --latest
if [ "$1" = "clean" ]; then az ml service delete -n house-prices && az ml model delete --model-id house_prices:1; fi
cat <<'END'
az ml model deplyo is only said here
END
echo "az ml service foo"
""",  # noqa: E501 (a text that would change if it were wrapped)
)
_add(
    "v2.sh",
    r"""
az ml online-endpoint create --name houses -f endpoint.yml
az ml online-deployment create --name blue --endpoint-name houses -f blue.yml --all-traffic
az ml online-endpoint invoke -n houses --request-file request.json --deployment-name blue
az ml online-endpoint update --name houses --traffic "blue=90 green=10"
az ml online-deployment update -n blue -e houses --set instance_count=2 environment_variables.A=1
az ml online-deployment get-logs --name blue --endpoint houses --lines 50
az ml model create --name house_prices --version 3 --path model.pkl --type custom_model --tags area=north kind=ridge
az ml model download -n house_prices -v 3 --download-path out
az ml environment create --file env.yml
az ml job create -f job.yml --query name -o tsv --web
az ml compute start -n cpu
az ml online-endpoint delete -n houses --yes --no-wait
""",
)
_add(
    "deploy.ps1",
    """
$name = "house-prices"
az ml model register -n house_prices -p model.pkl `
    --tag area=north
az ml model deploy -n $name -m "house_prices:$version" `
    --ic inferenceconfig.json `
    --dc deploymentconfig.json
az ml service show -n $name --output table
""",
)
_add(
    "deploy.cmd",
    """
@echo off
REM az ml model deplyo
az ml model deploy -n %NAME% -m house_prices:1 ^
  --ic inferenceconfig.json ^
  --dc deploymentconfig.json
""",
)
_add(
    "azure-pipelines.yml",
    """
trigger:
  - main
pool:
  vmImage: ubuntu-latest
steps:
  - task: AzureCLI@2
    displayName: run az ml model register
    inputs:
      azureSubscription: $(connection)
      scriptType: bash
      scriptLocation: inlineScript
      inlineScript: |
        az ml model register -n $(modelName) -p model.pkl -t model.json
        az ml model deploy -n house-$(env) -f model.json \\
          --ic inferenceconfig.json --dc ${{ parameters.config }}
  - bash: >
      az ml service update -n house-prices
      --ae true
      --description "new version"
""",
)
_add(
    "workflow.yml",
    """
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - uses: azure/login@v2
      - run: az ml online-endpoint show -n ${{ env.ENDPOINT }} -g ${{ secrets.GROUP }} -w houses
      - name: deploy
        run: |
          az ml online-deployment create -f blue.yml --set name=${{ github.sha }}
          az configure --defaults group=$GROUP
""",
)
_notebook(
    "deploy",
    """
%matplotlib inline
!pip install -q azureml-core
import json
from azureml.core import Workspace, Environment, Model
from azureml.core.model import InferenceConfig
from azureml.core.webservice import AciWebservice
ws = Workspace.from_config()
ws?
""",
    """
%%writefile score.py
import json
import os

import joblib


def init():
    global model
    model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "model.pkl"))


def run(data):
    return model.predict(json.loads(data)["data"]).tolist()
""",
    """
%%writefile env.yml
name: houses
dependencies:
  - python=3.11
  - pip:
      - azureml-defaults>=1.0.45
      - scikit-learn
""",
    """
files = !ls
%time env = Environment.from_conda_specification("houses", "env.yml")
config = InferenceConfig(entry_script="score.py", environment=env)
service = Model.deploy(ws, "house-prices", [Model(ws, "house_prices")], config, AciWebservice.deploy_configuration(cpu_cores=1))
service.wait_for_deployment(show_output=True)
display(service.state)
""",  # noqa: E501 (a text that would change if it were wrapped)
    """
%%time
answer = service.run(json.dumps({"data": [[1, 2]]}))
import asyncio

await asyncio.sleep(0)
answer
""",
    "%%bash\naz ml service list -o table\n",
    "%%html\n<b>az ml service foo</b>\n",
    "!az ml service show -n house-prices \\\n    -o table\nservice.delete()",
)
_notebook(
    "fragment",
    "model = run.register_model(model_name='m', model_path='outputs/m.pkl')\nprint(model.id)",
    "    service.update(models=[model], inference_config=inference_config)\n    print(service.state)\n",
    "for row in rows:\n    print(service.run(json_text(row)))",
)
_notebook(
    "client",
    "import requests\nheaders = {'Content-Type': 'application/json'}\nscoring_uri = service.scoring_uri",
    "resp = requests.post(scoring_uri, data=body, headers=headers)\nresp.json()",
    "def ask(rows):\n    return requests.post(scoring_uri, json={'data': rows}).json()",
    "ask([[1, 2]])",
)
_notebook("shared", "%run ./setup.ipynb", "service = AksWebservice(ws, 'house-prices')\nprint(service.state)")
