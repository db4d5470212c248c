"""Rules SD640 to SD659: how a v2 endpoint shares out its requests, and how a deployment runs."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.configs.v2.worlds import (
    BATCH_WORLD,
    DEPLOYMENT_WORLD,
    ENDPOINT_WORLD,
    LOADER,
    YAML_REFERENCE,
)

TRAFFIC = Rule(
    code="SD640",
    severity="error",
    title="More than 100% of the traffic",
    message="The shares add up to {total}%; the file is refused above 100.",
    why="Every request goes to one deployment, so there are 100 percent to share out.",
    fix="Lower one of the shares.",
    source=LOADER,
    world=ENDPOINT_WORLD,
)
SHARE = Rule(
    code="SD641",
    severity="error",
    title="Share that is not a whole number",
    message="The share of “{key}” must be a whole number of percent from 0 to 100, not {got}.",
    why="Shares are whole numbers without a percent sign.",
    fix="Write the number alone.",
    source=LOADER,
    world=ENDPOINT_WORLD,
    fixable=True,
)
MIRROR = Rule(
    code="SD642",
    severity="warning",
    title="Mirrored traffic out of bounds",
    message="{problem}",
    why=(
        "A copy of at most half of the requests can go to one more deployment; anything else is out of the documented"
        " bounds."
    ),
    fix="Name one deployment, with 50 at most.",
    source=f"{YAML_REFERENCE}; azure-ai-ml 1.35, online endpoint schema",
    world=ENDPOINT_WORLD,
    fixable=True,
)
IDENTITIES = Rule(
    code="SD643",
    severity="error",
    title="Several identities",
    message="An endpoint can have one user-assigned identity, not {count}.",
    why="The file is refused with more than one.",
    fix="Keep one of them.",
    source=LOADER,
    world=ENDPOINT_WORLD,
)
MANAGED_SCALING = Rule(
    code="SD644",
    severity="error",
    title="Target utilization on managed compute",
    message="“scale_settings” of a managed deployment can only have the type “default”.",
    why="Managed deployments are scaled by Azure Monitor, from outside of the file; anything else is refused.",
    fix="Use type: default, and set up autoscaling in Azure Monitor.",
    source="azure-ai-ml 1.35: “supports DefaultScaleSettings only”",
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
SCALE_KEY = Rule(
    code="SD645",
    severity="error",
    title="Key of the other kind of scaling",
    message="“{key}” needs “type: target_utilization”.",
    why="scale_settings of type default has no other key, and a file with one is refused.",
    fix="Remove the key, or use type: target_utilization.",
    source=LOADER,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
SCALE_LIMITS = Rule(
    code="SD646",
    severity="warning",
    title="Minimum of instances above the maximum",
    message="“min_instances” must not be greater than “max_instances”.",
    why="The autoscaler moves between the two.",
    fix="Swap them.",
    source=YAML_REFERENCE,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
WORKERS = Rule(
    code="SD647",
    severity="hint",
    title="Concurrency without workers",
    message="Up to {count} requests at a time reach one worker, unless WORKER_COUNT is {count} as well.",
    why=(
        "max_concurrent_requests_per_instance only lets the requests in; how many processes answer them is said by"
        " WORKER_COUNT, which is 1."
    ),
    fix="Set the environment variable WORKER_COUNT to the same number.",
    source=YAML_REFERENCE,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
SIZE = Rule(
    code="SD648",
    severity="warning",
    title="Machine size that does not exist",
    message="“{got}” is not a machine size of Azure; their names begin with “Standard_”{hint}.",
    why="A managed deployment runs on machines of one size; a size that does not exist is refused.",
    fix="Choose a size from the list, such as Standard_DS3_v2.",
    source="Azure ML article “Managed online endpoints SKU list”",
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
VARIABLE = Rule(
    code="SD649",
    severity="hint",
    title="Environment variable that is not text",
    message="“{key}” is {got}, but a variable is text; quotes keep it as it is written.",
    why=(
        "Without quotes YAML makes a number, true or false of it, which is turned into text again in its own spelling:"
        " 1.10 becomes 1.1 and yes becomes True."
    ),
    fix="Put the value in quotes.",
    source="YAML 1.1, implicit types",
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
OUTPUT_NAME = Rule(
    code="SD650",
    severity="error",
    title="Output file without output",
    message="“output_file_name” cannot be given with “output_action: summary_only”.",
    why="summary_only writes no file, and the deployment is refused.",
    fix="Remove output_file_name, or use append_row.",
    source="azure-ai-ml 1.35, check of batch deployments",
    world=BATCH_WORLD,
    fixable=True,
)
NO_CODE = Rule(
    code="SD651",
    severity="warning",
    title="Nothing answers the requests",
    message="“code_configuration” is missing, and a model of type “{type}” cannot be served without a scoring script.",
    why="Only MLflow and Triton models, and images that bring their own server, answer requests without code.",
    fix="Add code_configuration with code and scoring_script.",
    source=YAML_REFERENCE,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
NO_SERVER = Rule(
    code="SD652",
    severity="warning",
    title="Environment without a server",
    message=(
        "“azureml-inference-server-http” is missing: the packages hold no scoring server, and the image brings none."
    ),
    why=(
        "The container starts the server from the conda environment; without it the deployment fails after minutes,"
        " when the container has ended several times."
    ),
    fix="Add azureml-inference-server-http to the pip packages, or take an image for inference.",
    source="Azure ML article “Troubleshoot online endpoints”",
    world=World(
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
    code="SD653",
    severity="hint",
    title="Waiting time of managed deployments",
    message=(
        "“max_queue_wait_ms” is no longer used on managed deployments; “request_timeout_ms” covers the waiting too."
    ),
    why="Time in the queue counts as time of the request since then, so the limit of the request is what matters.",
    fix="Remove the key, and raise request_timeout_ms by the time that requests may wait.",
    source="Azure ML REST reference, OnlineRequestSettings",
    world=DEPLOYMENT_WORLD,
    fixable=True,
    tag="deprecated",
)

QUANTITY = Rule(
    code="SD654",
    severity="error",
    title="Quantity that Kubernetes does not read",
    message="“{key}” must be a number, perhaps with m, Ki, Mi, Gi and the like behind it, not {got}.",
    why="The cluster refuses the deployment; it knows no other units.",
    fix="Write 500m for half a core, and 2Gi for two gigabytes.",
    source="Kubernetes documentation, resource units",
    world=DEPLOYMENT_WORLD,
)
ABOVE_LIMIT = Rule(
    code="SD655",
    severity="error",
    title="Request above its limit",
    message="The request for “{key}” is {asked}, which is above its limit of {most}.",
    why="The cluster refuses a container that asks for more than it may have.",
    fix="Lower the request or raise the limit.",
    source="Kubernetes documentation, requests and limits",
    world=DEPLOYMENT_WORLD,
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
