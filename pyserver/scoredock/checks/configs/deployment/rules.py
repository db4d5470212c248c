"""Rules SD3xx: what can be wrong with a deployment configuration."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World
from scoredock.checks.configs.deployment import key_rules, unit_rules

_SDK = "azureml-core 1.61, deploy_configuration"
_CLI = "azure-cli-ml, az ml model deploy --dc"
_WORLD = World("deploymentconfig.json")
_LOCAL = '{\n  "computeType": "local",\n  "port": 6789\n}\n'


def _aks(*keys: str) -> str:
    return "{\n" + ",\n".join(f"  {key}" for key in ('"computeType": "aks"', *keys)) + "\n}\n"


BROKEN = Rule(
    "SD301",
    "error",
    "Deployment configuration cannot be read",
    "{problem}",
    "The configuration is read before anything else happens; a file that is neither JSON nor YAML ends the deployment"
    " at once.",
    '{\n  "computeType": "local",\n  "port": 6789,\n}\n',
    _LOCAL,
    "Repair the place that is shown: JSON has no comments, no trailing commas and only double quotes.",
    _CLI,
    _WORLD,
    fixable=True,
)
DOUBLED = Rule(
    "SD302",
    "warning",
    "Key given twice",
    "The key “{key}” is given more than once; only the last one counts.",
    "Readers of JSON take the last of several equal keys without a word, so the first value is silently lost.",
    '{\n  "computeType": "local",\n  "port": 6789,\n  "port": 6790\n}\n',
    _LOCAL,
    "Remove all but one.",
    "RFC 8259, section 4",
    _WORLD,
    fixable=True,
)
UNKNOWN = Rule(
    "SD303",
    "warning",
    "Unknown key in a deployment configuration",
    "“{key}” is not a known key {where}{hint}.",
    "Keys that are not known are ignored without a word, so the service runs with the default instead.",
    '{\n  "computeType": "local",\n  "prot": 6789\n}\n',
    _LOCAL,
    "Use the spelling of the key table, or remove the key.",
    f"{_CLI}: unknown keys are ignored",
    _WORLD,
    fixable=True,
)
NO_TYPE = Rule(
    "SD304",
    "error",
    "No compute type",
    "The deployment configuration has no “computeType”.",
    "It decides where the service runs and which other keys are read; without it the configuration is refused.",
    '{\n  "port": 6789\n}\n',
    _LOCAL,
    'Add "computeType": "local", or another type.',
    f"{_CLI}: computeType is required",
    _WORLD,
    fixable=True,
)
TYPE_UNKNOWN = Rule(
    "SD305",
    "error",
    "Unknown compute type",
    "{got} is not a compute type; use “local”, “aci”, “aks” or “aksendpoint”.",
    "Only these four exist, in any case of letters.",
    '{\n  "computeType": "lokal",\n  "port": 6789\n}\n',
    _LOCAL,
    "Choose one of the four.",
    f"{_CLI}: unknown deployment type",
    _WORLD,
    fixable=True,
)
KIND = Rule(
    "SD306",
    "error",
    "Wrong type in a deployment configuration",
    "“{key}” must be {wanted}, not {got}.",
    "A value of another type is refused, or sent on and refused by the cloud.",
    '{\n  "computeType": "local",\n  "port": "6789"\n}\n',
    _LOCAL,
    "Write the value with the type that the key has.",
    _SDK,
    _WORLD,
    fixable=True,
)
VALUE = Rule(
    "SD307",
    "error",
    "Value out of range",
    "“{key}” must be {wanted}, not {got}.",
    "The value is checked when the configuration is read, and the deployment ends there.",
    '{\n  "computeType": "local",\n  "port": 67890\n}\n',
    _LOCAL,
    "Choose a value in the range; leave port out to get a free one.",
    f"{_SDK}: port must be an integer in range [1, 65535]",
    _WORLD,
    fixable=True,
)
OTHER_TARGET = Rule(
    "SD308",
    "warning",
    "Key of another compute type",
    "“{key}” is not read for “{target}”.",
    "Each compute type has keys of its own; those of another are ignored without a word. A local service of Scoredock"
    " obeys some that Azure ML passes over (keys, limits, TLS, replicas, data collection); that is told as"
    " information.",
    '{\n  "computeType": "local",\n  "gpuCores": 1\n}\n',
    '{\n  "computeType": "local"\n}\n',
    "Remove the key, or change computeType.",
    "azureml-core 1.61, deploy configuration reader",
    _WORLD,
    fixable=True,
)
NULL_OBJECT = Rule(
    "SD309",
    "error",
    "null where an object is needed",
    "“{key}” is null, which Azure ML cannot read; write {wanted} or leave the key out.",
    "The keys below it are looked up even when it is null, which fails.",
    _aks('"autoScaler": null', '"numReplicas": 1'),
    _aks('"autoScaler": {}', '"numReplicas": 1'),
    "Remove the key, or write {} for an empty object.",
    "azureml-core 1.61, deploy configuration reader",
    _WORLD,
    fixable=True,
)
AUTOSCALE = Rule(
    "SD310",
    "error",
    "Replicas and autoscaling contradict",
    "{problem}",
    "Either the number of replicas is fixed or the autoscaler chooses it between a minimum and a maximum.",
    _aks('"autoScaler": {"autoscaleEnabled": true}', '"numReplicas": 3'),
    _aks('"autoScaler": {"autoscaleEnabled": true, "maxReplicas": 3}'),
    "Give numReplicas alone, or autoScaler with autoscaleEnabled true.",
    f"{_SDK}, AksWebservice validation",
    _WORLD,
    fixable=True,
)
AUTH = Rule(
    "SD311",
    "error",
    "Two kinds of authentication",
    "“authEnabled” and “tokenAuthEnabled” cannot both be true.",
    "A service takes keys or tokens, not both.",
    _aks('"authEnabled": true', '"tokenAuthEnabled": true'),
    _aks('"authEnabled": false', '"tokenAuthEnabled": true'),
    "Set one of them to false.",
    f"{_SDK}, AksWebservice validation",
    _WORLD,
    fixable=True,
)
LIMIT = Rule(
    "SD312",
    "error",
    "Limit below the request",
    "“{limit}” must not be less than “{request}”.",
    "Kubernetes refuses a container whose limit is below what it asks for.",
    _aks('"containerResourceRequirements": {"cpu": 2, "cpuLimit": 1}'),
    _aks('"containerResourceRequirements": {"cpu": 1, "cpuLimit": 2}'),
    "Raise the limit or lower the request.",
    f"{_SDK}, AksWebservice validation",
    _WORLD,
    fixable=True,
)
TOGETHER = Rule(
    "SD313",
    "error",
    "Keys that belong together",
    "“{given}” also needs {missing}.",
    "These keys are only understood together, and the deployment is refused when one is missing.",
    '{\n  "computeType": "aci",\n  "vnetName": "lab"\n}\n',
    '{\n  "computeType": "aci",\n  "vnetName": "lab",\n  "subnetName": "services"\n}\n',
    "Add what is missing, or remove the rest.",
    f"{_SDK}, AciWebservice validation",
    _WORLD,
    fixable=True,
)
SECONDARY = Rule(
    "SD314",
    "warning",
    "Secondary key alone",
    "“secondaryKey” is ignored without “primaryKey”.",
    "The keys are only sent when the primary one is given.",
    '{\n  "computeType": "aci",\n  "keys": {"secondaryKey": "not-a-real-key"}\n}\n',
    '{\n  "computeType": "aci"\n}\n',
    "Give primaryKey as well, or neither to have both generated.",
    "azureml-core 1.61, AciWebservice",
    _WORLD,
    fixable=True,
)
NOT_AN_OBJECT = Rule(
    "SD315",
    "error",
    "Deployment configuration is not an object",
    "A deployment configuration must be an object of keys, not {got}.",
    "The keys are looked up in an object; a list or a plain value holds none.",
    '["local", 6789]\n',
    _LOCAL,
    "Write it in braces, with at least computeType.",
    _CLI,
    _WORLD,
)
UTILIZATION = Rule(
    "SD316",
    "warning",
    "Target that is never reached",
    "“targetUtilization” is a percentage; above 100 the autoscaler never adds a replica.",
    "Utilization is the share of replicas that are busy, at most 100 percent.",
    _aks('"autoScaler": {"autoscaleEnabled": true, "targetUtilization": 700}'),
    _aks('"autoScaler": {"autoscaleEnabled": true, "targetUtilization": 70}'),
    "Choose 1 to 100; the default is 70.",
    "Azure ML article on the autoscaler of azureml-fe",
    _WORLD,
    fixable=True,
)
WEAKENED = Rule(
    "SD340",
    "information",
    "Protection of the container turned off",
    "{what}, so the container is less protected than usual.",
    "Services in containers run without rights: a read-only root, no capabilities, no root account, no new rights. What"
    " a script needs beyond that is opened by name, and stays visible. Azure ML passes over the key.",
    '{\n  "computeType": "local",\n  "container": {"readOnlyRoot": false}\n}\n',
    '{\n  "computeType": "local",\n  "container": {"tmpSize": "2g"}\n}\n',
    "Remove the key when the script works without it: /tmp and /dev/shm can always be written.",
    "Scoredock, docs/docker.md",
    _WORLD,
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
