"""Configuration and environment files that are right, in the many ways in which people write them."""

from __future__ import annotations

from dataclasses import dataclass

GUID = "11111111-2222-3333-4444-555555555555"


@dataclass(frozen=True)
class Correct:
    """A file without an error or a warning."""

    path: str
    text: str
    files: tuple[str, ...] = ()
    """What lies around it."""


_SCRIPT = ("score.py",)
_SRC = ("src/", "src/score.py")

INFERENCE = (
    Correct("inferenceconfig.json", '{"entryScript": "score.py"}', _SCRIPT),
    Correct(
        "inferenceConfig.json",
        '{\n    "entryScript": "score.py",\n    "runtime": "python",\n    "condaFile": "myenv.yml"\n}',
        ("score.py", "myenv.yml"),
    ),
    Correct(
        "inferenceconfig.json",
        '{\n    "entryScript": "score.py",\n    "runtime": "python",\n    "condaFile": "conda.yml",\n   '
        ' "extraDockerfileSteps": null,\n    "sourceDirectory": null,\n    "enableGpu": false,\n    "baseImage":'
        ' null,\n    "baseImageRegistry": null\n}\n',
        ("score.py", "conda.yml"),
    ),
    Correct(
        "inferenceconfig.json",
        '{"entryScript": "echo_score.py", "sourceDirectory": "./source_dir", "environment": {"name":'
        ' "project_environment", "version": null}}',
        ("source_dir/", "source_dir/echo_score.py"),
    ),
    Correct(
        "inferenceconfig.json",
        '{"entryScript": "score.py", "sourceDirectory": "src", "environment": {"name":'
        ' "AzureML-sklearn-0.24.1-ubuntu18.04-py37-cpu-inference"}}',
        _SRC,
    ),
    Correct(
        "inferenceconfig.json",
        '{\r\n\t"entryScript": "score.py",\r\n\t"environment": {"name": "lab", "version": "3"},\r\n\t"description":'
        ' "Écoute"\r\n}\r\n',
        _SCRIPT,
    ),
    Correct(
        "inferenceconfig.json",
        '\ufeff{"entryScript": "./score.py", "description": "with \\u00e9 and \\ud83d\\ude00"}',
        _SCRIPT,
    ),
    Correct("inferenceconfig.yml", "entryScript: score.py\nsourceDirectory: .\n", _SCRIPT),
    Correct(
        "inferenceconfig.yaml",
        "# of the lab\nentryScript: 'score.py'\nenvironment:\n  name: lab\n  version: '1'\n",
        _SCRIPT,
    ),
    Correct(
        "inferenceconfig.yml",
        '{\n   "entryScript": "score.py",\n   "runtime": "python",\n   "condaFile": "conda.yml"\n}',
        ("score.py", "conda.yml"),
    ),
    Correct("config/inference_config.json", '{"entryScript": "src/score.py"}', _SRC),
    Correct("config/inferenceconfig.json", '{"entryScript": "score.py", "sourceDirectory": "../src"}', _SRC),
    Correct(
        "inferenceconfig.json",
        '{"entryScript": "package/score.py", "sourceDirectory": "src"}',
        ("src/", "src/package/", "src/package/score.py"),
    ),
    Correct(
        "any-name.json",
        '{"entryScript": "score.py", "environment": {"name": "e", "environmentVariables": {"MODEL": "ridge",'
        ' "SCORING_TIMEOUT_MS": "5000"}, "python": {"condaDependencies": {"channels": ["conda-forge"], "dependencies":'
        ' ["python=3.11", {"pip": ["azureml-defaults>=1.0.45"]}]}}}}',
        _SCRIPT,
    ),
    Correct(
        "inferenceconfig.json",
        '{"entryScript": "score.py", "environment": {"name": "image-only", "docker": {"baseImage":'
        ' "mcr.microsoft.com/azureml/minimal-ubuntu22.04-py39-cpu-inference:20240101.v1"}, "python":'
        ' {"userManagedDependencies": true, "interpreterPath": "/opt/miniconda/bin/python"}, "inferencingStackVersion":'
        ' "latest"}}',
        _SCRIPT,
    ),
    Correct("inferenceconfig.json", '{"entryScript": "score.py", "runtime": "spark-py"}', _SCRIPT),
    Correct(
        "inferenceconfig.json",
        '{"entryScript": "score.py", "runtime": "python", "baseImage": "contoso.azurecr.io:443/team/base@sha256:'
        + "a" * 64
        + '"}',
        _SCRIPT,
    ),
    Correct(
        "inferenceconfig.json",
        '{"entryScript": "score.py", "runtime": "Python", "condaFile": "env.yml", "enableGpu": true, "cudaVersion":'
        ' "10.0"}',
        ("score.py", "env.yml"),
    ),
)

DEPLOYMENT = (
    Correct("deploymentconfig.json", '{"computeType": "local", "port": 32267}'),
    Correct("deploymentconfig.json", '{\n    "computeType": "LOCAL"\n}\n'),
    Correct("deploymentconfig.json", '{"computeType": "local", "port": null}'),
    Correct("deploymentconfig.json", '{"computeType": "local", "port": 0}'),
    Correct("deploymentConfig.yml", "computeType: local\nport: 8890\n"),
    Correct(
        "deploymentconfig.json",
        '{"computeType": "aci", "containerResourceRequirements": {"cpu": 0.5, "memoryInGB": 1.0}, "authEnabled": true,'
        ' "sslEnabled": false, "appInsightsEnabled": false}',
    ),
    Correct(
        "deploymentConfig.yml",
        '{\n  "computeType": "ACI",\n  "containerResourceRequirements":\n  {\n    "cpu": 1,\n    "memoryInGB": 4\n '
        " }\n}\n",
    ),
    Correct(
        "aciconfig.json", '{\n  "computeType": "aci",\n  "dnsNameLabel": "diabetes-1",\n  "location": "West Europe"\n}'
    ),
    Correct(
        "deploymentconfig.json",
        '{"computeType": "aci", "sslEnabled": true, "sslCertificate": "tls/cert.pem", "sslKey": "tls/key.pem", "cname":'
        ' "models.contoso.com"}',
        ("tls/", "tls/cert.pem", "tls/key.pem"),
    ),
    Correct(
        "deploymentconfig.json",
        '{"computeType": "aci", "vnetName": "lab", "subnetName": "services", "vaultBaseUrl":'
        ' "https://contoso.vault.azure.net/", "keyName": "k", "keyVersion": "1"}',
    ),
    Correct(
        "deploymentconfig.json",
        '{"computeType": "aks", "autoScaler": {"autoscaleEnabled": true, "minReplicas": 1, "maxReplicas": 3,'
        ' "refreshPeriodInSeconds": 1, "targetUtilization": 70}, "dataCollection": {"storageEnabled": true},'
        ' "authEnabled": true, "containerResourceRequirements": {"cpu": 0.5, "memoryInGB": 1.0}}',
    ),
    Correct(
        "deploymentconfig.json",
        '{"computeType": "aks", "numReplicas": 3, "gpuCores": 1, "namespace": "ml-prod", "computeTargetName":'
        ' "cluster", "scoringTimeoutMs": 5000, "maxConcurrentRequestsPerContainer": 2, "maxQueueWaitMs": 500}',
    ),
    Correct(
        "deploymentconfig.json",
        '{"computeType": "AKS", "autoScaler": {"autoscaleEnabled": false}, "numReplicas": 2, "tokenAuthEnabled": true,'
        ' "authEnabled": false}',
    ),
    Correct(
        "deploymentconfig.json",
        '{"computeType": "aks", "containerResourceRequirements": {"cpu": 0.1, "cpuLimit": 1, "memoryInGB": 0.25,'
        ' "memoryInGBLimit": 2}, "livenessProbeRequirements": {"initialDelaySeconds": 310, "periodSeconds": 10,'
        ' "timeoutSeconds": 2, "successThreshold": 1, "failureThreshold": 3}}',
    ),
    Correct(
        "deploymentconfig.json", '{"computeType": "aksendpoint", "versionName": "blue", "trafficPercentile": 12.5}'
    ),
    Correct(
        "deploymentconfig.json",
        '{"computeType": "aks", "keys": {"primaryKey": "#{ServiceKey}#", "secondaryKey": "$(SecondKey)"}}',
    ),
)

_HEAD = "name: project_environment\ndependencies:\n"
CONDA = (
    Correct("conda.yml", _HEAD + "  - python=3.11\n  - pip:\n    - azureml-defaults\n"),
    Correct(
        "myenv.yml",
        _HEAD
        + "- python=3.12\n- scikit-learn\n- pip:\n  - azureml-defaults>=1.0.45\n  - inference-schema[numpy-support]\n-"
        " numpy\n",
    ),
    Correct(
        "conda_dependencies.yml",
        "channels:\n- anaconda\n- conda-forge\ndependencies:\n- python=3.11.4\n- pip=23.*\n- pip:\n  -"
        " azureml-core~=1.50.0\n  - azureml-defaults~=1.50.0\n",
    ),
    Correct(
        "environment.yaml",
        "name: e\nchannels: [conda-forge, nodefaults]\ndependencies: [python=3.11, pip, {pip: [azureml-defaults]}]\n",
    ),
    Correct("environment.yml", '{"name": "e", "dependencies": ["python=3.11", {"pip": ["azureml-defaults"]}]}'),
    Correct(
        "env.yml",
        _HEAD + "  - python>=3.10,<3.13\n  - conda-forge::numpy=1.26.*\n  - pandas>=2.0\n  - pip:\n      -"
        " azureml-defaults\n",
    ),
    Correct(
        "conda.yml",
        _HEAD + "  - python==3.11.9\n  - numpy=1.26.4=py311h64a7726_0\n  - pip:\n      - azureml-defaults\n      -"
        " scikit-learn==1.5.2\n",
    ),
    Correct(
        "conda.yml",
        _HEAD
        + "  - python=3.11 # the lab's\n\n  # packages\n  - pip:\n      - azureml-defaults\n      - 'torch>=2.0,<3'\n  "
        '    - "tensorflow==2.15.1"\n',
    ),
    Correct(
        "conda.yml",
        _HEAD
        + "  - python=3.10\n  - pip:\n      - azureml-defaults\n      - numpy==1.21.6\n      - scikit-learn==1.0.2\n   "
        "   - pandas==1.5.3\n",
    ),
    Correct(
        "conda.yml",
        _HEAD
        + "  - python=3.9\n  - pip:\n      - azureml-defaults\n      - numpy<2\n"
        + "      - tensorflow==2.7.4\n      - torch==1.10.2\n     "
        " - onnxruntime==1.11.1\n",
    ),
    Correct(
        "conda.yml",
        _HEAD + "  - python=3.11\n  - pip:\n      - --extra-index-url https://download.pytorch.org/whl/cpu\n      -"
        " azureml-defaults\n      - torch==2.4.1+cpu\n",
    ),
    Correct(
        "conda.yml",
        _HEAD + "  - python=3.11\n  - pip:\n      - azureml-defaults\n      - -r requirements.txt\n",
        ("requirements.txt",),
    ),
    Correct(
        "conda.yml",
        _HEAD
        + "  - python=3.11\n  - pip:\n      - azureml-defaults\n      - ./wheels/tools-1.0-py3-none-any.whl\n      -"
        " -e .\n",
        ("wheels/", "wheels/tools-1.0-py3-none-any.whl"),
    ),
    Correct(
        "conda.yml",
        _HEAD
        + "  - python=3.11\n  - pip:\n      - azureml-defaults\n      - git+https://github.com/contoso/tools.git@v1.0\n"
        "      - pywin32==306; sys_platform == 'win32'\n      - numpy==1.26.4; python_version < '3.12'\n      -"
        " numpy==2.1.0; python_version >= '3.12'\n",
    ),
    Correct(
        "conda.yml",
        "name: e\nvariables:\n  A: b\ndependencies:\n  - python 3.11.*\n  - scikit-learn 1.5.*\n  - pip:\n      -"
        " azureml-defaults\nprefix: /opt/conda/envs/e\n",
    ),
    Correct("conda.yml", "name: e\r\ndependencies:\r\n  - python=3.11\r\n  - pip:\r\n      - azureml-defaults\r\n"),
    Correct("conda.yml", "\ufeffname: e\ndependencies:\n  - python=3.11\n  - pip:\n      - azureml-defaults\n"),
    Correct(
        "conda.yml",
        "---\nname: e\ndependencies:\n  - &python python=3.11\n  - pip:\n      - azureml-inference-server-http\n...\n",
    ),
    Correct(
        "conda.yml",
        _HEAD + "  - python=3.11\n  - pytorch=2.1\n  - cudatoolkit=11.8\n  - pip:\n      - azureml-defaults\n      -"
        " cupy-cuda11x\n",
    ),
    Correct(
        "conda.yml",
        "name: training\ndependencies:\n  - python=3.11\n  - scikit-learn\n",
        ("train.py", "notebook.ipynb"),
    ),
    Correct(
        "conda.yml",
        _HEAD + "  - python\n  - libgomp\n  - pip:\n      - azureml-defaults\n      - Pillow\n      -"
        " opencv-python-headless\n      - PyYAML\n      - beautifulsoup4\n      - scikit_learn\n",
    ),
)

REQUIREMENTS = (
    Correct("requirements.txt", "azureml-defaults\nscikit-learn==1.5.2\nnumpy\n"),
    Correct(
        "requirements.txt",
        "# comment\n\n-r base/requirements.txt\n-c constraints.txt\nuvicorn[standard]>=0.30 ; python_version >= '3.9' "
        " # server\n",
        ("base/", "base/requirements.txt", "constraints.txt"),
    ),
    Correct(
        "requirements-dev.txt",
        "--index-url https://pypi.org/simple\n--extra-index-url"
        " https://${USER}:${TOKEN}@packages.contoso.com/simple\n--trusted-host packages.contoso.com\npytest~=8.0\n",
    ),
    Correct(
        "requirements.txt",
        "numpy==1.26.4 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\npandas==2.2.2 --hash=sha256:cc\n",
    ),
    Correct("requirements.txt", "tools @ https://packages.contoso.com/tools-1.0.zip\nother @ file:///opt/other.whl\n"),
    Correct("requirements.txt", "numpy>=1.20,!=1.24.0,<3\nscipy>1.5\nnumpy<2.2\n"),
    Correct("requirements.txt", "--extra-index-url=https://download.pytorch.org/whl/cu121\ntorch==2.4.1+cu121\n"),
    Correct("requirements.txt", "--find-links https://download.pytorch.org/whl/torch_stable.html\ntorch==1.13.1+cpu\n"),
    Correct("requirements.in", "\ufeffDjango\r\nnumpy>=1.26\r\n"),
    Correct("requirements.txt", ""),
    Correct(
        "requirements.txt",
        "-e git+https://github.com/contoso/tools.git@main#egg=tools\n-e ./package[extra]\n",
        ("package/", "package/setup.py"),
    ),
)

ENVIRONMENTS = (
    Correct(
        "azureml_environment.json",
        '{"name": "lab", "version": null, "environmentVariables": {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}, "python":'
        ' {"userManagedDependencies": false, "interpreterPath": "python", "condaDependenciesFile": null,'
        ' "baseCondaEnvironment": null, "condaDependencies": {"name": "project_environment", "channels": ["anaconda",'
        ' "conda-forge"], "dependencies": ["python=3.10.18", {"pip": ["azureml-defaults"]}]}}, "docker": {"enabled":'
        ' false, "baseImage": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20240709.v1", "baseDockerfile": null,'
        ' "sharedVolumes": true, "shmSize": "2g", "arguments": [], "baseImageRegistry": {"address": null, "username":'
        ' null, "password": null, "registryIdentity": null}, "platform": {"os": "Linux", "architecture": "amd64"}},'
        ' "spark": {"repositories": [], "packages": [], "precachePackages": true}, "databricks": {"mavenLibraries":'
        ' []}, "r": null, "inferencingStackVersion": null, "assetId": null}',
    ),
    Correct(
        "azureml_environment.json", '{"name": "lab", "python": {"condaDependenciesFile": "conda.yml"}}', ("conda.yml",)
    ),
    Correct(
        "azureml_environment.json",
        '{"name": "lab", "docker": {"baseDockerfile": "FROM python:3.11\\nRUN pip install'
        ' azureml-inference-server-http\\n"}, "python": {"userManagedDependencies": true}}',
    ),
    Correct(
        "azureml_environment.json",
        '{"name": "lab", "environmentVariables": {"WORKER_COUNT": "4", "TOKENIZERS_PARALLELISM": "false", "API_KEY":'
        ' "${API_KEY}", "LOG_LEVEL": "INFO", "PASSWORD_FILE": "/run/secrets/x"}, "docker": {"baseImage": "${IMAGE}",'
        ' "shmSize": "512m"}}',
    ),
)

WORKSPACES = (
    Correct(
        ".azureml/config.json",
        f'{{"subscription_id": "{GUID}", "resource_group": "lab", "workspace_name": "contoso-ml"}}',
    ),
    Correct(
        "aml_config/config.json",
        '{\n    "Id": null,\n    "Scope":'
        f' "/subscriptions/{GUID}/resourceGroups/lab/providers/Microsoft.MachineLearningServices/workspaces/contoso-ml"\n}}',  # noqa: E501 (a text that would change if it were wrapped)
    ),
    Correct(
        "ws_config.json",
        f'{{"subscription_id": "{GUID}", "resource_group": "lab", "workspace_name": "my-workspace", "tenant_id":'
        f' "{GUID}"}}',
    ),
    Correct(
        ".azureml/config.json",
        '{"subscription_id": "#{SUBSCRIPTION}#", "resource_group": "$(group)", "workspace_name": "${WORKSPACE}"}',
    ),
)

SWAGGER = (
    Correct(
        "swagger.json",
        '{"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {"/": {"get": {}}, "/score": {"post":'
        ' {"parameters": [{"in": "body", "name": "b", "schema": {"$ref": "#/definitions/ServiceInput"}}]}}},'
        ' "definitions": {"ServiceInput": {"type": "object"}}}',
        _SCRIPT,
    ),
    Correct(
        "swagger3.json",
        '{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/api/v1/score": {"post":'
        ' {"requestBody": {"content": {"application/json": {"schema": {"$ref":'
        ' "#/components/schemas/ServiceInput"}}}}}}}, "components": {"schemas": {"ServiceInput": {"type": "object"}}}}',
        _SCRIPT,
    ),
    Correct(
        "swagger3.1.json",
        '{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/score": {"get": {}, "post": {}}}}',
        _SCRIPT,
    ),
)

ALL = (*INFERENCE, *DEPLOYMENT, *CONDA, *REQUIREMENTS, *ENVIRONMENTS, *WORKSPACES, *SWAGGER)
