"""Rules SD3xx: what can be wrong with a deployment configuration."""

from __future__ import annotations

from dataclasses import replace

from scoredock.analysis.rule import Rule, World
from scoredock.checks.configs.deployment import key_rules, unit_rules
from scoredock.checks.configs.inference import rules as inference_rules

_SDK = "azureml-core 1.61, deploy_configuration"
_CLI = "azure-cli-ml, az ml model deploy --dc"
_WORLD = World("deploymentconfig.json")


BROKEN = replace(
    inference_rules.BROKEN, code="SD301", title="Deployment configuration cannot be read", source=_CLI, world=_WORLD
)
DOUBLED = replace(inference_rules.DOUBLED, code="SD302", world=_WORLD)
UNKNOWN = Rule(
    code="SD303",
    severity="warning",
    title="Unknown key in a deployment configuration",
    message="“{key}” is not a known key {where}{hint}.",
    why="Keys that are not known are ignored without a word, so the service runs with the default instead.",
    fix="Use the spelling of the key table, or remove the key.",
    source=f"{_CLI}: unknown keys are ignored",
    world=_WORLD,
    fixable=True,
)
NO_TYPE = Rule(
    code="SD304",
    severity="error",
    title="No compute type",
    message="The deployment configuration has no “computeType”.",
    why="It decides where the service runs and which other keys are read; without it the configuration is refused.",
    fix='Add "computeType": "local", or another type.',
    source=f"{_CLI}: computeType is required",
    world=_WORLD,
    fixable=True,
)
TYPE_UNKNOWN = Rule(
    code="SD305",
    severity="error",
    title="Unknown compute type",
    message="{got} is not a compute type; use “local”, “aci”, “aks” or “aksendpoint”.",
    why="Only these four exist, in any case of letters.",
    fix="Choose one of the four.",
    source=f"{_CLI}: unknown deployment type",
    world=_WORLD,
    fixable=True,
)
KIND = Rule(
    code="SD306",
    severity="error",
    title="Wrong type in a deployment configuration",
    message="“{key}” must be {wanted}, not {got}.",
    why="A value of another type is refused, or sent on and refused by the cloud.",
    fix="Write the value with the type that the key has.",
    source=_SDK,
    world=_WORLD,
    fixable=True,
)
VALUE = Rule(
    code="SD307",
    severity="error",
    title="Value out of range",
    message="“{key}” must be {wanted}, not {got}.",
    why="The value is checked when the configuration is read, and the deployment ends there.",
    fix="Choose a value in the range; leave port out to get a free one.",
    source=f"{_SDK}: port must be an integer in range [1, 65535]",
    world=_WORLD,
    fixable=True,
)
OTHER_TARGET = Rule(
    code="SD308",
    severity="warning",
    title="Key of another compute type",
    message="“{key}” is not read for “{target}”.",
    why=(
        "Each compute type has keys of its own; those of another are ignored without a word. A local service of"
        " Scoredock obeys some that Azure ML passes over (keys, limits, TLS, replicas, data collection); that is told"
        " as information."
    ),
    fix="Remove the key, or change computeType.",
    source="azureml-core 1.61, deploy configuration reader",
    world=_WORLD,
    fixable=True,
)
NULL_OBJECT = Rule(
    code="SD309",
    severity="error",
    title="null where an object is needed",
    message="“{key}” is null, which Azure ML cannot read; write {wanted} or leave the key out.",
    why="The keys below it are looked up even when it is null, which fails.",
    fix="Remove the key, or write {} for an empty object.",
    source="azureml-core 1.61, deploy configuration reader",
    world=_WORLD,
    fixable=True,
)
AUTOSCALE = Rule(
    code="SD310",
    severity="error",
    title="Replicas and autoscaling contradict",
    message="{problem}",
    why="Either the number of replicas is fixed or the autoscaler chooses it between a minimum and a maximum.",
    fix="Give numReplicas alone, or autoScaler with autoscaleEnabled true.",
    source=f"{_SDK}, AksWebservice validation",
    world=_WORLD,
    fixable=True,
)
AUTH = Rule(
    code="SD311",
    severity="error",
    title="Two kinds of authentication",
    message="“authEnabled” and “tokenAuthEnabled” cannot both be true.",
    why="A service takes keys or tokens, not both.",
    fix="Set one of them to false.",
    source=f"{_SDK}, AksWebservice validation",
    world=_WORLD,
    fixable=True,
)
LIMIT = Rule(
    code="SD312",
    severity="error",
    title="Limit below the request",
    message="“{limit}” must not be less than “{request}”.",
    why="Kubernetes refuses a container whose limit is below what it asks for.",
    fix="Raise the limit or lower the request.",
    source=f"{_SDK}, AksWebservice validation",
    world=_WORLD,
    fixable=True,
)
TOGETHER = Rule(
    code="SD313",
    severity="error",
    title="Keys that belong together",
    message="“{given}” also needs {missing}.",
    why="These keys are only understood together, and the deployment is refused when one is missing.",
    fix="Add what is missing, or remove the rest.",
    source=f"{_SDK}, AciWebservice validation",
    world=_WORLD,
    fixable=True,
)
SECONDARY = Rule(
    code="SD314",
    severity="warning",
    title="Secondary key alone",
    message="“secondaryKey” is ignored without “primaryKey”.",
    why="The keys are only sent when the primary one is given.",
    fix="Give primaryKey as well, or neither to have both generated.",
    source="azureml-core 1.61, AciWebservice",
    world=_WORLD,
    fixable=True,
)
NOT_AN_OBJECT = Rule(
    code="SD315",
    severity="error",
    title="Deployment configuration is not an object",
    message="A deployment configuration must be an object of keys, not {got}.",
    why="The keys are looked up in an object; a list or a plain value holds none.",
    fix="Write it in braces, with at least computeType.",
    source=_CLI,
    world=_WORLD,
)
UTILIZATION = Rule(
    code="SD316",
    severity="warning",
    title="Target that is never reached",
    message="“targetUtilization” is a percentage; above 100 the autoscaler never adds a replica.",
    why="Utilization is the share of replicas that are busy, at most 100 percent.",
    fix="Choose 1 to 100; the default is 70.",
    source="Azure ML article on the autoscaler of azureml-fe",
    world=_WORLD,
    fixable=True,
)
WEAKENED = Rule(
    code="SD340",
    severity="information",
    title="Protection of the container turned off",
    message="{what}, so the container is less protected than usual.",
    why=(
        "Services in containers run without rights: a read-only root, no capabilities, no root account, no new rights."
        " What a script needs beyond that is opened by name, and stays visible. Azure ML passes over the key."
    ),
    fix="Remove the key when the script works without it: /tmp and /dev/shm can always be written.",
    source="Scoredock, docs/docker.md",
    world=_WORLD,
)

RULES = (
    BROKEN,
    DOUBLED,
    UNKNOWN,
    NO_TYPE,
    TYPE_UNKNOWN,
    KIND,
    VALUE,
    OTHER_TARGET,
    NULL_OBJECT,
    AUTOSCALE,
    AUTH,
    LIMIT,
    TOGETHER,
    SECONDARY,
    NOT_AN_OBJECT,
    UTILIZATION,
    WEAKENED,
    *unit_rules.RULES,
    *key_rules.RULES,
)
