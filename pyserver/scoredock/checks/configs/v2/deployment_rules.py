"""Rules SD640 to SD659: how a v2 endpoint shares out its requests, and how a deployment runs."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.configs.v2.examples import (
    BATCH_WORLD,
    DEPLOYMENT_WORLD,
    ENDPOINT_WORLD,
    LOADER,
    YAML_REFERENCE,
    batch,
    deployment,
    endpoint,
    kubernetes,
)

_ENVIRONMENT = (
    "environment:\n  image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest\n  conda_file: conda.yml"
)
_CODE = "code_configuration:\n  code: src\n  scoring_script: score.py"

TRAFFIC = Rule(
    "SD640",
    "error",
    "More than 100% of the traffic",
    "The shares add up to {total}%; the file is refused above 100.",
    "Every request goes to one deployment, so there are 100 percent to share out.",
    endpoint("traffic:\n  blue: 90\n  green: 20"),
    endpoint("traffic:\n  blue: 80\n  green: 20"),
    "Lower one of the shares.",
    LOADER,
    ENDPOINT_WORLD,
)
SHARE = Rule(
    "SD641",
    "error",
    "Share that is not a whole number",
    "The share of “{key}” must be a whole number of percent from 0 to 100, not {got}.",
    "Shares are whole numbers without a percent sign.",
    endpoint("traffic:\n  blue: 90%"),
    endpoint("traffic:\n  blue: 90"),
    "Write the number alone.",
    LOADER,
    ENDPOINT_WORLD,
    fixable=True,
)
MIRROR = Rule(
    "SD642",
    "warning",
    "Mirrored traffic out of bounds",
    "{problem}",
    "A copy of at most half of the requests can go to one more deployment; anything else is out of the documented"
    " bounds.",
    endpoint("traffic:\n  blue: 100", "mirror_traffic:\n  green: 60"),
    endpoint("traffic:\n  blue: 100", "mirror_traffic:\n  green: 50"),
    "Name one deployment, with 50 at most.",
    f"{YAML_REFERENCE}; azure-ai-ml 1.35, online endpoint schema",
    ENDPOINT_WORLD,
    fixable=True,
)
IDENTITIES = Rule(
    "SD643",
    "error",
    "Several identities",
    "An endpoint can have one user-assigned identity, not {count}.",
    "The file is refused with more than one.",
    endpoint(
        "identity:\n  type: user_assigned\n  user_assigned_identities:\n    - resource_id: /subscriptions/1/first\n   "
        " - resource_id: /subscriptions/1/second"
    ),
    endpoint(
        "identity:\n  type: user_assigned\n  user_assigned_identities:\n    - resource_id: /subscriptions/1/first"
    ),
    "Keep one of them.",
    LOADER,
    ENDPOINT_WORLD,
)
MANAGED_SCALING = Rule(
    "SD644",
    "error",
    "Target utilization on managed compute",
    "“scale_settings” of a managed deployment can only have the type “default”.",
    "Managed deployments are scaled by Azure Monitor, from outside of the file; anything else is refused.",
    deployment("scale_settings:\n  type: target_utilization"),
    deployment("scale_settings:\n  type: default"),
    "Use type: default, and set up autoscaling in Azure Monitor.",
    "azure-ai-ml 1.35: “supports DefaultScaleSettings only”",
    DEPLOYMENT_WORLD,
    fixable=True,
)
SCALE_KEY = Rule(
    "SD645",
    "error",
    "Key of the other kind of scaling",
    "“{key}” needs “type: target_utilization”.",
    "scale_settings of type default has no other key, and a file with one is refused.",
    kubernetes("scale_settings:\n  type: default\n  max_instances: 3"),
    kubernetes("scale_settings:\n  type: target_utilization\n  max_instances: 3"),
    "Remove the key, or use type: target_utilization.",
    LOADER,
    DEPLOYMENT_WORLD,
    fixable=True,
)
SCALE_LIMITS = Rule(
    "SD646",
    "warning",
    "Minimum of instances above the maximum",
    "“min_instances” must not be greater than “max_instances”.",
    "The autoscaler moves between the two.",
    kubernetes("scale_settings:\n  type: target_utilization\n  min_instances: 3\n  max_instances: 1"),
    kubernetes("scale_settings:\n  type: target_utilization\n  min_instances: 1\n  max_instances: 3"),
    "Swap them.",
    YAML_REFERENCE,
    DEPLOYMENT_WORLD,
    fixable=True,
)
WORKERS = Rule(
    "SD647",
    "hint",
    "Concurrency without workers",
    "Up to {count} requests at a time reach one worker, unless WORKER_COUNT is {count} as well.",
    "max_concurrent_requests_per_instance only lets the requests in; how many processes answer them is said by"
    " WORKER_COUNT, which is 1.",
    deployment(_CODE, "request_settings:\n  max_concurrent_requests_per_instance: 4"),
    deployment(
        _CODE,
        "request_settings:\n  max_concurrent_requests_per_instance: 4",
        'environment_variables:\n  WORKER_COUNT: "4"',
    ),
    "Set the environment variable WORKER_COUNT to the same number.",
    YAML_REFERENCE,
    DEPLOYMENT_WORLD,
    fixable=True,
)
SIZE = Rule(
    "SD648",
    "warning",
    "Machine size that does not exist",
    "“{got}” is not a machine size of Azure; their names begin with “Standard_”{hint}.",
    "A managed deployment runs on machines of one size; a size that does not exist is refused.",
    deployment("instance_count: 1").replace("Standard_DS3_v2", "DS3_v2"),
    deployment("instance_count: 1"),
    "Choose a size from the list, such as Standard_DS3_v2.",
    "Azure ML article “Managed online endpoints SKU list”",
    DEPLOYMENT_WORLD,
    fixable=True,
)
VARIABLE = Rule(
    "SD649",
    "hint",
    "Environment variable that is not text",
    "“{key}” is {got}, but a variable is text; quotes keep it as it is written.",
    "Without quotes YAML makes a number, true or false of it, which is turned into text again in its own spelling: 1.10"
    " becomes 1.1 and yes becomes True.",
    deployment("environment_variables:\n  LEVEL: 2"),
    deployment('environment_variables:\n  LEVEL: "2"'),
    "Put the value in quotes.",
    "YAML 1.1, implicit types",
    DEPLOYMENT_WORLD,
    fixable=True,
)
OUTPUT_NAME = Rule(
    "SD650",
    "error",
    "Output file without output",
    "“output_file_name” cannot be given with “output_action: summary_only”.",
    "summary_only writes no file, and the deployment is refused.",
    batch(
        "model: azureml:diabetes:3",
        "compute: azureml:cpu-cluster",
        "output_action: summary_only",
        "output_file_name: predictions.csv",
    ),
    batch("model: azureml:diabetes:3", "compute: azureml:cpu-cluster", "output_action: summary_only"),
    "Remove output_file_name, or use append_row.",
    "azure-ai-ml 1.35, check of batch deployments",
    BATCH_WORLD,
    fixable=True,
)
NO_CODE = Rule(
    "SD651",
    "warning",
    "Nothing answers the requests",
    "“code_configuration” is missing, and a model of type “{type}” cannot be served without a scoring script.",
    "Only MLflow and Triton models, and images that bring their own server, answer requests without code.",
    deployment("model:\n  path: model/model.pkl\n  type: custom_model", _ENVIRONMENT),
    deployment("model:\n  path: model/model.pkl\n  type: custom_model", _ENVIRONMENT, _CODE),
    "Add code_configuration with code and scoring_script.",
    YAML_REFERENCE,
    DEPLOYMENT_WORLD,
    fixable=True,
)
NO_SERVER = Rule(
    "SD652",
    "warning",
    "Environment without a server",
    "“azureml-inference-server-http” is missing: the packages hold no scoring server, and the image brings none.",
    "The container starts the server from the conda environment; without it the deployment fails after minutes, when"
    " the container has ended several times.",
    deployment(_ENVIRONMENT, _CODE),
    deployment(_ENVIRONMENT.replace("conda.yml", "serving.yml"), _CODE),
    "Add azureml-inference-server-http to the pip packages, or take an image for inference.",
    "Azure ML article “Troubleshoot online endpoints”",
    World(
        "deployment.yml",
        files=("src/score.py", "model/model.pkl"),
        texts=(
            ("conda.yml", "dependencies:\n  - python=3.11\n  - pip:\n      - scikit-learn\n"),
            (
                "serving.yml",
                (
                    "dependencies:\n  - python=3.11\n  - pip:\n      - scikit-learn\n      -"
                    " azureml-inference-server-http\n"
                ),
            ),
        ),
    ),
)
QUEUE = Rule(
    "SD653",
    "hint",
    "Waiting time of managed deployments",
    "“max_queue_wait_ms” is no longer used on managed deployments; “request_timeout_ms” covers the waiting too.",
    "Time in the queue counts as time of the request since then, so the limit of the request is what matters.",
    deployment("request_settings:\n  request_timeout_ms: 5000\n  max_queue_wait_ms: 500"),
    deployment("request_settings:\n  request_timeout_ms: 5000"),
    "Remove the key, and raise request_timeout_ms by the time that requests may wait.",
    "Azure ML REST reference, OnlineRequestSettings",
    DEPLOYMENT_WORLD,
    fixable=True,
    tag="deprecated",
)

QUANTITY = Rule(
    "SD654",
    "error",
    "Quantity that Kubernetes does not read",
    "“{key}” must be a number, perhaps with m, Ki, Mi, Gi and the like behind it, not {got}.",
    "The cluster refuses the deployment; it knows no other units.",
    kubernetes('resources:\n  requests:\n    cpu: "1"\n    memory: 2GB'),
    kubernetes('resources:\n  requests:\n    cpu: "1"\n    memory: 2Gi'),
    "Write 500m for half a core, and 2Gi for two gigabytes.",
    "Kubernetes documentation, resource units",
    DEPLOYMENT_WORLD,
)
ABOVE_LIMIT = Rule(
    "SD655",
    "error",
    "Request above its limit",
    "The request for “{key}” is {asked}, which is above its limit of {most}.",
    "The cluster refuses a container that asks for more than it may have.",
    kubernetes('resources:\n  requests:\n    cpu: "2"\n  limits:\n    cpu: 500m'),
    kubernetes('resources:\n  requests:\n    cpu: 500m\n  limits:\n    cpu: "2"'),
    "Lower the request or raise the limit.",
    "Kubernetes documentation, requests and limits",
    DEPLOYMENT_WORLD,
)

RULES = (
    TRAFFIC,
    SHARE,
    MIRROR,
    IDENTITIES,
    MANAGED_SCALING,
    SCALE_KEY,
    SCALE_LIMITS,
    WORKERS,
    SIZE,
    VARIABLE,
    OUTPUT_NAME,
    NO_CODE,
    NO_SERVER,
    QUEUE,
    QUANTITY,
    ABOVE_LIMIT,
)
