"""Files of Azure ML v2 that are right, in every form that is published: none may be blamed."""

from __future__ import annotations

_HOST = "$schema: https://azuremlschemas.azureedge.net/latest/"
PROJECT = (
    "src/score.py",
    "src/my-score.py",
    "src/nested/score.py",
    "conda.yml",
    "environment/conda.yaml",
    "model/model.pkl",
    "model/MLmodel",
    "docker/Dockerfile",
    "docker/serving.dockerfile",
    "models/a/1/model.onnx",
    "batch/batch_driver.py",
    "env.yml",
    "hello-component/hello.yml",
    "../shared/score.py",
)
"""Files around them."""
_IMAGE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest"

ONLINE_ENDPOINTS = {
    "smallest": _HOST + "managedOnlineEndpoint.schema.json\nname: my-endpoint\nauth_mode: key\n",
    "without schema": "name: my-endpoint\nauth_mode: aml_token\n",
    "modeline": (
        "# yaml-language-server:"
        " $schema=https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\nname:"
        " my-endpoint\nauth_mode: key\n"
    ),
    "traffic": "name: my-endpoint\nauth_mode: key\ntraffic:\n  blue: 90\n  green: 10\n",
    "traffic in braces": "name: my-endpoint\nauth_mode: key\ntraffic: {blue: 100, green: 0}\n",
    "traffic as text": 'name: my-endpoint\nauth_mode: key\ntraffic:\n  blue: "100"\n',
    "no traffic yet": "name: my-endpoint\nauth_mode: key\ntraffic: {}\n",
    "mirror": "name: my-endpoint\nauth_mode: key\ntraffic:\n  blue: 100\nmirror_traffic:\n  green: 10\n",
    "entra": "name: my-endpoint\nauth_mode: aad_token\n",
    "older spelling of a value": "name: my-endpoint\nauth_mode: AMLToken\n",
    "upper case": "name: My-Endpoint-01\nauth_mode: Key\n",
    "identity": "name: my-endpoint\nauth_mode: key\nidentity:\n  type: system_assigned\n",
    "own identity": (
        "name: my-endpoint\nauth_mode: key\nidentity:\n  type: user_assigned\n  user_assigned_identities:\n    -"
        " resource_id:"
        " /subscriptions/1/resourceGroups/lab/providers/Microsoft.ManagedIdentity/userAssignedIdentities/x\n"
    ),
    "private": "name: my-endpoint\nauth_mode: key\npublic_network_access: disabled\n",
    "tags": (
        "name: my-endpoint\nauth_mode: key\ndescription: Predicts diabetes.\ntags:\n  team: lab\n  year:"
        " 2024\nproperties:\n  enforce_access_to_default_secret_stores: enabled\n"
    ),
    "kubernetes": (
        _HOST + "kubernetesOnlineEndpoint.schema.json\nname: my-endpoint\ncompute: azureml:my-cluster\nauth_mode: key\n"
    ),
    "as Azure writes it": (
        "id: /subscriptions/1/x\nname: my-endpoint\nauth_mode: key\nkind: Managed\nlocation:"
        " westeurope\nprovisioning_state: Succeeded\nscoring_uri: https://x/score\nopenapi_uri:"
        " https://x/swagger.json\n"
    ),
    "document marks": "---\nname: my-endpoint\nauth_mode: key\n...\n",
    "quoted keys": '"name": "my-endpoint"\n"auth_mode": "key"\n',
    "windows ends": _HOST + "managedOnlineEndpoint.schema.json\r\nname: my-endpoint\r\nauth_mode: key\r\n",
    "jinja": (
        "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\nname: {{ endpoint_name"
        " }}\nauth_mode: key\n"
    ),
    "github": 'name: "${{ vars.ENDPOINT }}"\nauth_mode: key\n',
    "name by the command": _HOST + "managedOnlineEndpoint.schema.json\nauth_mode: key\n",
}
ONLINE_DEPLOYMENTS = {
    "usual": (
        _HOST + "managedOnlineDeployment.schema.json\nname: blue\nendpoint_name: my-endpoint\nmodel:\n  path:"
        " model/model.pkl\ncode_configuration:\n  code: src/\n  scoring_script: score.py\nenvironment:\n "
        f" conda_file: conda.yml\n  image: {_IMAGE}\ninstance_type: Standard_DS3_v2\ninstance_count: 1\n"
    ),
    "without schema": (
        "name: blue\nendpoint_name: my-endpoint\nmodel:\n  path: ./model/\ncode_configuration:\n  code: ./src\n "
        " scoring_script: nested/score.py\nenvironment:\n  conda_file: ./environment/conda.yaml\n  image:"
        f" {_IMAGE}\ninstance_type: Standard_F2s_v2\n"
    ),
    "registered": (
        "name: green\nendpoint_name: my-endpoint\nmodel: azureml:my-model:1\ncode_configuration:\n  code: src\n "
        " scoring_script: my-score.py\nenvironment: azureml:my-env:1\ninstance_type:"
        " Standard_DS3_v2\ninstance_count: 2\n"
    ),
    "latest": (
        "name: green\nendpoint_name: my-endpoint\nmodel: azureml:my-model@latest\ncode_configuration:\n  code: src\n "
        " scoring_script: score.py\nenvironment: azureml:my-env@latest\ninstance_type: Standard_DS3_v2\n"
    ),
    "registry": (
        "name: green\nendpoint_name: my-endpoint\nmodel:"
        " azureml://registries/azureml/models/phi/versions/3\nenvironment:"
        " azureml://registries/azureml/environments/sklearn-1.5/labels/latest\ncode_configuration:\n  code: src\n "
        " scoring_script: score.py\ninstance_type: Standard_NC6s_v3\n"
    ),
    "whole address": (
        "name: green\nendpoint_name: my-endpoint\nmodel:"
        " azureml:/subscriptions/1/resourceGroups/lab/providers/Microsoft.MachineLearningServices/workspaces/w/models/m/versions/1\nenvironment:"  # noqa: E501 (a text that would change if it were wrapped)
        " azureml:/subscriptions/1/resourceGroups/lab/providers/Microsoft.MachineLearningServices/workspaces/w/environments/e/versions/1\ncode_configuration:\n"  # noqa: E501 (a text that would change if it were wrapped)
        "  code:"
        " azureml:/subscriptions/1/resourceGroups/lab/providers/Microsoft.MachineLearningServices/workspaces/w/codes/c/versions/1\n"  # noqa: E501 (a text that would change if it were wrapped)
        "  scoring_script: score.py\ninstance_type: Standard_DS3_v2\n"
    ),
    "curated": (
        "name: green\nendpoint_name: my-endpoint\nmodel: azureml:my-model:1\ncode_configuration:\n  code: src\n "
        " scoring_script: score.py\nenvironment: azureml:AzureML-sklearn-1.0-ubuntu20.04-py38-cpu:33\ninstance_type:"
        " Standard_DS3_v2\n"
    ),
    "mlflow": (
        "name: sklearn\nendpoint_name: my-endpoint\nmodel:\n  name: sample-mlflow\n  version: 1\n  path: model\n  type:"
        " mlflow_model\ninstance_type: Standard_DS3_v2\ninstance_count: 1\n"
    ),
    "mlflow registered": (
        "name: sklearn\nendpoint_name: my-endpoint\nmodel: azureml:sample-mlflow@latest\ninstance_type:"
        " Standard_DS3_v2\ninstance_count: 1\n"
    ),
    "triton": (
        "name: triton\nendpoint_name: my-endpoint\nmodel:\n  name: densenet\n  version: 1\n  path: ./models\n  type:"
        " triton_model\ninstance_count: 1\ninstance_type: Standard_NC6s_v3\n"
    ),
    "own server": (
        "name: tfserving\nendpoint_name: my-endpoint\nmodel:\n  name: half-plus-two\n  version: 1\n  path:"
        " models\nenvironment_variables:\n  MODEL_BASE_PATH: /var/azureml-app/azureml-models/half-plus-two/1\n "
        " MODEL_NAME: half_plus_two\nenvironment:\n  image: docker.io/tensorflow/serving:latest\n  inference_config:\n "
        "   liveness_route:\n      port: 8501\n      path: /v1/models/half_plus_two\n    readiness_route:\n      port:"
        " 8501\n      path: /v1/models/half_plus_two\n    scoring_route:\n      port: 8501\n      path:"
        " /v1/models/half_plus_two:predict\ninstance_type: Standard_DS3_v2\n"
    ),
    "own server with code": (
        "name: plumber\nendpoint_name: my-endpoint\ncode_configuration:\n  code: src\n  scoring_script:"
        " plumber.R\nenvironment:\n  image: registry.azurecr.io/r:1\n  inference_config:\n    liveness_route: {port:"
        " 8000, path: /live}\n    readiness_route: {port: 8000, path: /ready}\n    scoring_route: {port: 8000, path:"
        " /score}\ninstance_type: Standard_DS3_v2\nmodel_mount_path: /var/models\n"
    ),
    "built": (
        "name: built\nendpoint_name: my-endpoint\nmodel: azureml:my-model:1\ncode_configuration:\n  code: src\n "
        " scoring_script: score.py\nenvironment:\n  build:\n    path: docker\ninstance_type: Standard_DS3_v2\n"
    ),
    "other dockerfile": (
        "name: built\nendpoint_name: my-endpoint\nmodel: azureml:my-model:1\ncode_configuration:\n  code: src\n "
        " scoring_script: score.py\nenvironment:\n  name: built-env\n  version: 2\n  build:\n    path: docker/\n   "
        " dockerfile_path: serving.dockerfile\ninstance_type: Standard_DS3_v2\n"
    ),
    "packages written out": (
        "name: inline\nendpoint_name: my-endpoint\nmodel: azureml:my-model:1\ncode_configuration:\n  code: src\n "
        f" scoring_script: score.py\nenvironment:\n  name: inline-env\n  image: {_IMAGE}\n  conda_file:\n   "
        " channels:\n      - conda-forge\n    dependencies:\n      - python=3.11\n      - pip:\n          -"
        " azureml-inference-server-http\ninstance_type: Standard_DS3_v2\n"
    ),
    "file of its own": (
        "name: filed\nendpoint_name: my-endpoint\nmodel: azureml:my-model:1\ncode_configuration:\n  code: src\n "
        " scoring_script: score.py\nenvironment: file:./env.yml\ninstance_type: Standard_DS3_v2\n"
    ),
    "all settings": (
        "name: blue\nendpoint_name: my-endpoint\ndescription: the first one\ntags: {team: lab}\nproperties: {a:"
        " b}\nmodel:\n  name: my-model\n  version: 10\n  path: model/model.pkl\ncode_configuration:\n  code: src\n "
        f" scoring_script: score.py\nenvironment:\n  name: my-env\n  version: 3\n  image: {_IMAGE}\n  conda_file:"
        " conda.yml\n  os_type: linux\ninstance_type: Standard_DS2_V2\ninstance_count: 2\napp_insights_enabled:"
        " true\nscale_settings:\n  type: default\nrequest_settings:\n  request_timeout_ms: 90000\n "
        " max_concurrent_requests_per_instance: 2\n  max_queue_wait_ms: 60000\nliveness_probe:\n  initial_delay: 10\n "
        " period: 10\n  timeout: 10\n  success_threshold: 1\n  failure_threshold: 1\nreadiness_probe:\n "
        " initial_delay: 10\n  period: 10\n  timeout: 10\n  success_threshold: 1\n  failure_threshold:"
        ' 1\nenvironment_variables:\n  WORKER_COUNT: "2"\n  AZUREML_LOG_LEVEL: debug\negress_public_network_access:'
        " disabled\nprivate_network_connection: true\n"
    ),
    "collector": (
        "name: blue\nendpoint_name: my-endpoint\nmodel: azureml:my-model:1\ncode_configuration:\n  code: src\n "
        " scoring_script: score.py\nenvironment: azureml:my-env:1\ninstance_type: Standard_DS3_v2\ndata_collector:\n "
        " sampling_rate: 0.1\n  rolling_rate: Hour\n  request_logging:\n    capture_headers:\n      - X-Request-ID\n "
        " collections:\n    model_inputs:\n      enabled: 'True'\n    model_outputs:\n      enabled: \"true\"\n   "
        " own_data:\n      enabled: 'false'\n      data: azureml:collected:1\n      client_id: abc\n"
    ),
    "collector with data": (
        "name: blue\nendpoint_name: my-endpoint\nmodel: azureml:my-model:1\ncode_configuration:\n  code: src\n "
        " scoring_script: score.py\nenvironment: azureml:my-env:1\ninstance_type: Standard_DS3_v2\ndata_collector:\n "
        " collections:\n    model_inputs:\n      enabled: 'true'\n      data:\n        name: collected\n        path:"
        " azureml://datastores/workspaceblobstore/paths/collected\n        version: '1'\n"
    ),
    "job output": (
        "name: blue\nendpoint_name: my-endpoint\nmodel:\n  name: my-model\n  version: 1\n  path:"
        " azureml://jobs/olive_1/outputs/artifacts/paths/model/\n  type: mlflow_model\ninstance_type: Standard_DS3_v2\n"
    ),
    "datastore": (
        "name: blue\nendpoint_name: my-endpoint\nmodel:\n  name: my-model\n  version: 1\n  path:"
        " azureml://datastores/workspaceblobstore/paths/models/m.pkl\ncode_configuration:\n  code: src\n "
        " scoring_script: score.py\nenvironment: azureml:my-env:1\ninstance_type: Standard_DS3_v2\n"
    ),
    "run": (
        "name: blue\nendpoint_name: my-endpoint\nmodel:\n  name: my-model\n  version: 1\n  path: runs:/abc/model\n "
        " type: mlflow_model\ninstance_type: Standard_DS3_v2\n"
    ),
    "numbers in quotes": (
        "name: blue\nendpoint_name: my-endpoint\nmodel: azureml:my-model:1\ninstance_type:"
        " Standard_DS3_v2\ninstance_count: \"1\"\napp_insights_enabled: 'yes'\nrequest_settings:\n  request_timeout_ms:"
        " '3000'\n"
    ),
    "said to be managed": (
        "name: blue\nendpoint_name: my-endpoint\ntype: managed\nmodel: azureml:my-model:1\ninstance_type:"
        " Standard_E4s_v3\n"
    ),
    "kubernetes": (
        _HOST
        + "kubernetesOnlineDeployment.schema.json\nname: blue\ntype: kubernetes\nendpoint_name: my-endpoint\nmodel:\n "
        " path: model/model.pkl\ncode_configuration:\n  code: src\n  scoring_script: score.py\nenvironment:\n "
        f" conda_file: conda.yml\n  image: {_IMAGE}\nrequest_settings:\n  request_timeout_ms: 300000\n "
        " max_concurrent_requests_per_instance: 1\n  max_queue_wait_ms: 3000\nresources:\n  requests:\n    cpu:"
        ' "0.1"\n    memory: "0.1Gi"\n  limits:\n    cpu: "0.2"\n    memory: "200Mi"\n    nvidia.com/gpu:'
        ' "1"\ninstance_count: 1\nscale_settings:\n  type: default\n'
    ),
    "kubernetes scaled": (
        "name: blue\ntype: kubernetes\nendpoint_name: my-endpoint\nmodel: azureml:my-model:1\ncode_configuration:\n "
        " code: src\n  scoring_script: score.py\nenvironment: azureml:my-env:1\ninstance_type:"
        " cpuInstance\nscale_settings:\n  type: target_utilization\n  min_instances: 1\n  max_instances: 3\n "
        " target_utilization_percentage: 65\n  polling_interval: 10\nresources:\n  requests:\n    cpu: 1n\n    memory:"
        " 1Gi\n    gpu: 0n\n"
    ),
    "kubernetes with the schema of managed": (
        _HOST + "managedOnlineDeployment.schema.json\nname: blue\ntype: kubernetes\nendpoint_name: my-endpoint\nmodel:"
        " azureml:my-model:1\ncode_configuration:\n  code: src\n  scoring_script: score.py\nenvironment:"
        " azureml:my-env:1\ninstance_type: cpuInstance\nresources:\n  requests:\n    cpu: '0.2'\n"
    ),
    "code above": (
        "name: blue\nendpoint_name: my-endpoint\nmodel: azureml:my-model:1\ncode_configuration:\n  code: ../shared\n "
        " scoring_script: score.py\nenvironment: azureml:my-env:1\ninstance_type: Standard_DS3_v2\n"
    ),
    "template": (
        _HOST + "managedOnlineDeployment.schema.json\nname: tgi-deployment\nendpoint_name:"
        ' "{{ENDPOINT_NAME}}"\nenvironment:\n  name: tgi\n  image: {{acr_name}}.azurecr.io/tgi\n  inference_config:\n'
        "    liveness_route:\n      port: 8080\n      path: /health\ninstance_type: Standard_NC24ads_A100_v4\n"
    ),
    "template that is YAML": (
        _HOST + "managedOnlineDeployment.schema.json\nname: {{NAME}}\nendpoint_name: {{ENDPOINT_NAME}}\nmodel:"
        " {{MODEL}}\nenvironment:\n  name: tgi\n  image: {{IMAGE}}\ninstance_type: {{SIZE}}\ninstance_count:"
        " {{COUNT}}\n"
    ),
    "template of str.format": (
        _HOST + "managedOnlineDeployment.schema.json\nname: {name}\nendpoint_name: words\nmodel: {model}\nenvironment:"
        " azureml:words-env:{version}\ncode_configuration:\n  code: {folder}\n  scoring_script: score.py\n"
        "instance_type: Standard_DS2_v2\ninstance_count: {count}\n"
    ),
    "shell": (
        "name: $DEPLOYMENT\nendpoint_name: ${ENDPOINT}\nmodel: azureml:$MODEL:$VERSION\nenvironment:"
        " __ENVIRONMENT__\ncode_configuration:\n  code: <FOLDER>\n  scoring_script: $(SCRIPT)\ninstance_type:"
        " $(SIZE)\ninstance_count: $(COUNT)\n"
    ),
    "anchors": (
        "name: blue\nendpoint_name: my-endpoint\nmodel: azureml:my-model:1\ninstance_type:"
        " Standard_DS3_v2\nliveness_probe: &probe\n  initial_delay: 30\n  period: 10\nreadiness_probe: *probe\n"
    ),
    "merged": (
        "name: blue\nendpoint_name: my-endpoint\nmodel: azureml:my-model:1\ninstance_type:"
        " Standard_DS3_v2\nliveness_probe: &probe\n  initial_delay: 30\nreadiness_probe:\n  <<: *probe\n  period: 5\n"
    ),
    "for an update": "name: blue\nendpoint_name: my-endpoint\ninstance_count: 3\n",
    "in braces": (
        "# yaml-language-server:"
        " $schema=https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\n{name: blue,"
        " endpoint_name: my-endpoint, instance_type: Standard_DS3_v2, model: 'azureml:m:1'}\n"
    ),
    "block text": (
        "name: blue\nendpoint_name: my-endpoint\ndescription: |\n  Several lines\n  of text.\nmodel:"
        " azureml:my-model:1\ninstance_type: Standard_DS3_v2\n"
    ),
    "comments": (
        "# blue\nname: blue  # the name\nendpoint_name: my-endpoint\n\n# what it runs\nmodel: azureml:my-model:1 #"
        " registered\ninstance_type: Standard_DS3_v2\n"
    ),
}
BATCH_ENDPOINTS = {
    "smallest": _HOST + "batchEndpoint.schema.json\nname: my-batch\n",
    "usual": _HOST + "batchEndpoint.schema.json\nname: my-batch\ndescription: nightly\nauth_mode: aad_token\n",
    "defaults": (
        "name: my-batch\nauth_mode: aad_token\ndefaults:\n  deployment_name: nightly\ntags:\n  type: deep-learning\n"
    ),
}
BATCH_DEPLOYMENTS = {
    "settings": (
        _HOST + "modelBatchDeployment.schema.json\nname: nightly\nendpoint_name: my-batch\ntype: model\nmodel:"
        f" azureml:my-model@latest\nenvironment:\n  name: batch-env\n  image: {_IMAGE}\n  conda_file:"
        " environment/conda.yaml\ncode_configuration:\n  code: batch\n  scoring_script: batch_driver.py\ncompute:"
        " azureml:batch-cluster\nresources:\n  instance_count: 2\nsettings:\n  max_concurrency_per_instance: 2\n "
        " mini_batch_size: 2\n  output_action: append_row\n  output_file_name: predictions.csv\n  retry_settings:\n "
        "   max_retries: 3\n    timeout: 300\n  error_threshold: -1\n  logging_level: info\n "
        " environment_variables:\n    MODE: fast\n"
    ),
    "flat": (
        "name: nightly\nendpoint_name: my-batch\nmodel:\n  path: model\ncode_configuration:\n  code: ./batch\n "
        f" scoring_script: ./batch_driver.py\nenvironment:\n  conda_file: conda.yml\n  image: {_IMAGE}\ncompute:"
        " azureml:batch-cluster\nresources:\n  instance_count: 1\n  properties:\n    a:"
        " 1\nmax_concurrency_per_instance: 2\nmini_batch_size: 10\noutput_action: append_row\noutput_file_name:"
        " predictions.csv\nretry_settings:\n  max_retries: 3\n  timeout: 30\nerror_threshold: -1\nlogging_level:"
        " info\n"
    ),
    "mlflow": (
        _HOST
        + "batchDeployment.schema.json\nname: nightly\nendpoint_name: my-batch\nmodel: azureml:heart@latest\ncompute:"
        " azureml:batch-cluster\nresources:\n  instance_count: 2\noutput_action: summary_only\n"
    ),
    "pipeline": (
        "$schema: http://azureml/sdk-2-0/BatchDeployment.json\nname: hello\nendpoint_name: my-batch\ntype:"
        " pipeline\ncomponent: azureml:hello_batch@latest\nsettings:\n  default_compute: batch-cluster\n"
    ),
    "job": (
        "name: hello\nendpoint_name: my-batch\ntype: pipeline\njob_definition: azureml:some_job\nsettings:\n "
        " continue_on_step_failure: false\n  default_compute: batch-cluster\n"
    ),
    "pipeline file": (
        "name: hello\nendpoint_name: my-batch\ntype: pipeline\ncomponent: hello-component/hello.yml\nsettings:\n "
        " default_compute: batch-cluster\n  own_setting: 1\n"
    ),
}
ENVIRONMENTS = {
    "conda": _HOST + f"environment.schema.json\nname: my-env\nversion: 1\nimage: {_IMAGE}\nconda_file: conda.yml\n",
    "without schema": (
        f"name: my-env\nimage: {_IMAGE}\nconda_file: ./environment/conda.yaml\ndescription: An environment.\n"
    ),
    "image": (
        _HOST
        + "environment.schema.json\nname: docker-image\nimage: pytorch/pytorch:latest\ndescription: Only an image.\n"
    ),
    "built": (
        _HOST + "environment.schema.json\nname: docker-context\nbuild:\n  path: docker\n  dockerfile_path:"
        " serving.dockerfile\n"
    ),
    "built elsewhere": (
        _HOST + "environment.schema.json\nname: docker-context\nbuild:\n  path:"
        " https://github.com/contoso/images.git#main:serving\n"
    ),
    "own server": (
        _HOST + "environment.schema.json\nname: served\nversion: '1.0'\nimage: tensorflow/serving\nos_type:"
        " Linux\ninference_config:\n  liveness_route: {port: 8501, path: /live}\n  readiness_route: {port: 8501,"
        " path: /live}\n  scoring_route: {port: 8501, path: /score}\ntags: {team: lab}\n"
    ),
    "packages": (
        _HOST + f"environment.schema.json\nname: inline\nversion: 1.5\nimage: {_IMAGE}\nconda_file:\n  name: inline\n "
        " channels: [conda-forge]\n  dependencies:\n    - python=3.11\n"
    ),
}
MODELS = {
    "file": (
        _HOST
        + "model.schema.json\nname: my-model\nversion: 1\npath: model/model.pkl\ntype: custom_model\ndescription: A"
        " file.\n"
    ),
    "folder": _HOST + "model.schema.json\nname: my-model\npath: model\ntype: mlflow_model\n",
    "without schema": "name: my-model\npath: ./models\ntype: triton_model\n",
    "job": (
        _HOST + "model.schema.json\nname: my-model\npath: azureml://jobs/abc/outputs/artifacts/paths/model/\ntype:"
        " mlflow_model\n"
    ),
    "run": (
        _HOST
        + "model.schema.json\nname: my-model\npath: runs:/abc/model\ntype: MLFLOW_MODEL\nflavors:\n  python_function:\n"
        "    loader_module: mlflow.sklearn\n"
    ),
    "stage": _HOST + "model.schema.json\nname: my-model\npath: model\nstage: Production\ntags:\n  a: 1\n",
}
CORRECT = {
    "online-endpoint": ONLINE_ENDPOINTS,
    "online-deployment": ONLINE_DEPLOYMENTS,
    "batch-endpoint": BATCH_ENDPOINTS,
    "batch-deployment": BATCH_DEPLOYMENTS,
    "environment-asset": ENVIRONMENTS,
    "model-asset": MODELS,
}
