"""Rules SD601 to SD699: YAML of Azure ML v2."""

from __future__ import annotations

from scoredock.analysis.rule import Rule
from scoredock.checks.configs.v2 import deployment_rules, reference_rules
from scoredock.checks.configs.v2.examples import (
    DEPLOYMENT_WORLD,
    ENDPOINT_WORLD,
    LOADER,
    YAML_REFERENCE,
    deployment,
    endpoint,
    kubernetes,
)

BROKEN = Rule(
    "SD601",
    "error",
    "v2 file cannot be read",
    "{problem}",
    "The file is read before anything is sent; one that is no YAML ends the command at once.",
    deployment("request_settings:\n\trequest_timeout_ms: 5000"),
    deployment("request_settings:\n  request_timeout_ms: 5000"),
    "Repair the place that is shown; indentation is made of spaces only.",
    LOADER,
    DEPLOYMENT_WORLD,
    fixable=True,
)
NOT_AN_OBJECT = Rule(
    "SD602",
    "error",
    "v2 file holds no keys",
    "This file must hold keys and their values, not {got}.",
    "The file is refused unless it is a mapping from keys to values.",
    "# yaml-language-server: $schema=https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\n-"
    " name: blue\n- endpoint_name: diabetes-endpoint\n- instance_type: Standard_DS3_v2\n",
    deployment(),
    "Write one key below the other, without dashes.",
    LOADER,
    DEPLOYMENT_WORLD,
)
DOUBLED = Rule(
    "SD603",
    "warning",
    "Key given twice in a v2 file",
    "The key “{key}” is given more than once; only the last one counts.",
    "YAML readers take the last of several equal keys without a word, so the first value is silently lost.",
    deployment("instance_count: 3", "instance_count: 1"),
    deployment("instance_count: 1"),
    "Remove all but one.",
    LOADER,
    DEPLOYMENT_WORLD,
    fixable=True,
)
NO_SCHEMA = Rule(
    "SD604",
    "hint",
    "v2 file without $schema",
    "Without “$schema” editors must guess that this describes {what}.",
    "Azure ML does not need the line, but it tells editors and people what the file is, and completion and checks then"
    " never guess.",
    "name: diabetes-endpoint\nauth_mode: key\n",
    endpoint(),
    "Add the line at the top.",
    YAML_REFERENCE,
    ENDPOINT_WORLD,
    fixable=True,
)
UNKNOWN = Rule(
    "SD605",
    "error",
    "Unknown key in a v2 file",
    "“{key}” is not a known key {where}, so the file is refused with “Unknown field”{hint}.",
    "Unlike v1, the command line refuses a file with a key that it does not know.",
    deployment("instance_cuont: 2"),
    deployment("instance_count: 2"),
    "Use the spelling of the reference, or remove the key.",
    LOADER,
    DEPLOYMENT_WORLD,
    fixable=True,
)
V1_KEY = Rule(
    "SD606",
    "error",
    "v1 key in a v2 file",
    "“{key}” is a key of Azure ML v1; in v2 it is {now}.",
    "The keys have other names and places in v2, and one that is not known is refused.",
    deployment("numReplicas: 2"),
    deployment("instance_count: 2"),
    "Use the key of v2.",
    "Azure ML article “Upgrade deployment endpoints to SDK v2”",
    DEPLOYMENT_WORLD,
    fixable=True,
)
KIND = Rule(
    "SD607",
    "error",
    "Wrong type in a v2 file",
    "“{key}” must be {wanted}, not {got}.",
    "The type is checked when the file is read, and the command ends there.",
    deployment("description: 2024"),
    deployment('description: "2024"'),
    "Write the value with the type that the key has; quotes make a text.",
    LOADER,
    DEPLOYMENT_WORLD,
    fixable=True,
)
EMPTY = Rule(
    "SD608",
    "error",
    "Key without a value",
    "“{key}” has no value; the file is refused with “Field may not be null”.",
    "A key with nothing behind it is null, which no key of these files may be.",
    deployment("tags:"),
    deployment(),
    "Give a value, or remove the key.",
    LOADER,
    DEPLOYMENT_WORLD,
    fixable=True,
)
CHOICE = Rule(
    "SD609",
    "error",
    "Value that is not allowed",
    "“{key}” must be {wanted}, not {got}.",
    "Only these values exist; another one ends the command when the file is read.",
    endpoint("auth_mode: keys"),
    endpoint("auth_mode: key"),
    "Choose one of the values.",
    LOADER,
    ENDPOINT_WORLD,
    fixable=True,
)
RANGE = Rule(
    "SD610",
    "error",
    "v2 value out of range",
    "“{key}” is {got}, but must be {wanted}; Azure refuses the deployment.",
    "The command line refuses the value, or sends it as it is and Azure then refuses it.",
    deployment("data_collector:\n  sampling_rate: 2"),
    deployment("data_collector:\n  sampling_rate: 0.2"),
    "Choose a value in the range.",
    YAML_REFERENCE,
    DEPLOYMENT_WORLD,
)
NO_NAME = Rule(
    "SD611",
    "information",
    "Name is left to the command line",
    "“{key}” is not in the file, so the command must give it with {option}.",
    "Without either the file is refused with “Missing data for required field”.",
    "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineEndpoint.schema.json\nauth_mode: key\n",
    endpoint("auth_mode: key"),
    "Add the key, or always give the option.",
    LOADER,
    ENDPOINT_WORLD,
    fixable=True,
)
REQUIRED = Rule(
    "SD612",
    "error",
    "Required key is missing",
    "{where} needs “{key}”.",
    "The file is refused with “Missing data for required field”.",
    "$schema: https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json\nname:"
    " blue\nendpoint_name: diabetes-endpoint\nmodel: azureml:diabetes:3\n",
    deployment("model: azureml:diabetes:3"),
    "Add the key.",
    LOADER,
    DEPLOYMENT_WORLD,
    fixable=True,
)
NAME = Rule(
    "SD613",
    "error",
    "Name that is not allowed",
    "{got} cannot be the name of {what}, because {reason}; Azure refuses the file.",
    "The name becomes part of an address, so it is checked before anything is made. It has 3 to 32 letters, digits and"
    " dashes, begins with a letter and ends with a letter or digit.",
    endpoint("auth_mode: key", name="diabetes_endpoint"),
    endpoint("auth_mode: key", name="diabetes-endpoint"),
    "Choose another name.",
    "azure-ai-ml 1.35, check of endpoint and deployment names",
    ENDPOINT_WORLD,
    fixable=True,
)
OTHER_COMPUTE = Rule(
    "SD614",
    "error",
    "Key of the other compute",
    "“{key}” is only for {other}; here the file is refused with “Unknown field”.",
    "Managed and Kubernetes endpoints and deployments have some keys of their own.",
    deployment('resources:\n  requests:\n    cpu: "1"'),
    kubernetes('resources:\n  requests:\n    cpu: "1"'),
    "Remove the key, or say type: kubernetes.",
    LOADER,
    DEPLOYMENT_WORLD,
    fixable=True,
)
NO_TYPE = Rule(
    "SD615",
    "warning",
    "Kubernetes deployment without type",
    "“$schema” is that of Kubernetes, but without “type: kubernetes” this is read as a managed deployment.",
    "The $schema is not looked at when the file is read; only the key type decides.",
    kubernetes("instance_type: small").replace("type: kubernetes\n", "", 1),
    kubernetes("instance_type: small"),
    "Add type: kubernetes.",
    LOADER,
    DEPLOYMENT_WORLD,
    fixable=True,
)

RULES: tuple[Rule, ...] = (
    BROKEN,
    NOT_AN_OBJECT,
    DOUBLED,
    NO_SCHEMA,
    UNKNOWN,
    V1_KEY,
    KIND,
    EMPTY,
    CHOICE,
    RANGE,
    NO_NAME,
    REQUIRED,
    NAME,
    OTHER_COMPUTE,
    NO_TYPE,
    *reference_rules.RULES,
    *deployment_rules.RULES,
)
