"""Rules SD601 to SD699: YAML of Azure ML v2."""

from __future__ import annotations

from scoredock.analysis.rule import Rule
from scoredock.checks.configs.v2 import deployment_rules, reference_rules
from scoredock.checks.configs.v2.worlds import (
    DEPLOYMENT_WORLD,
    ENDPOINT_WORLD,
    LOADER,
    YAML_REFERENCE,
)

BROKEN = Rule(
    code="SD601",
    severity="error",
    title="v2 file cannot be read",
    message="{problem}",
    why="The file is read before anything is sent; one that is no YAML ends the command at once.",
    fix="Repair the place that is shown; indentation is made of spaces only.",
    source=LOADER,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
NOT_AN_OBJECT = Rule(
    code="SD602",
    severity="error",
    title="v2 file holds no keys",
    message="This file must hold keys and their values, not {got}.",
    why="The file is refused unless it is a mapping from keys to values.",
    fix="Write one key below the other, without dashes.",
    source=LOADER,
    world=DEPLOYMENT_WORLD,
)
DOUBLED = Rule(
    code="SD603",
    severity="warning",
    title="Key given twice in a v2 file",
    message="The key “{key}” is given more than once; only the last one counts.",
    why="YAML readers take the last of several equal keys without a word, so the first value is silently lost.",
    fix="Remove all but one.",
    source=LOADER,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
NO_SCHEMA = Rule(
    code="SD604",
    severity="hint",
    title="v2 file without $schema",
    message="Without “$schema” editors must guess that this describes {what}.",
    why=(
        "Azure ML does not need the line, but it tells editors and people what the file is, and completion and checks"
        " then never guess."
    ),
    fix="Add the line at the top.",
    source=YAML_REFERENCE,
    world=ENDPOINT_WORLD,
    fixable=True,
)
UNKNOWN = Rule(
    code="SD605",
    severity="error",
    title="Unknown key in a v2 file",
    message="“{key}” is not a known key {where}, so the file is refused with “Unknown field”{hint}.",
    why="Unlike v1, the command line refuses a file with a key that it does not know.",
    fix="Use the spelling of the reference, or remove the key.",
    source=LOADER,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
V1_KEY = Rule(
    code="SD606",
    severity="error",
    title="v1 key in a v2 file",
    message="“{key}” is a key of Azure ML v1; in v2 it is {now}.",
    why="The keys have other names and places in v2, and one that is not known is refused.",
    fix="Use the key of v2.",
    source="Azure ML article “Upgrade deployment endpoints to SDK v2”",
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
KIND = Rule(
    code="SD607",
    severity="error",
    title="Wrong type in a v2 file",
    message="“{key}” must be {wanted}, not {got}.",
    why="The type is checked when the file is read, and the command ends there.",
    fix="Write the value with the type that the key has; quotes make a text.",
    source=LOADER,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
EMPTY = Rule(
    code="SD608",
    severity="error",
    title="Key without a value",
    message="“{key}” has no value; the file is refused with “Field may not be null”.",
    why="A key with nothing behind it is null, which no key of these files may be.",
    fix="Give a value, or remove the key.",
    source=LOADER,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
CHOICE = Rule(
    code="SD609",
    severity="error",
    title="Value that is not allowed",
    message="“{key}” must be {wanted}, not {got}.",
    why="Only these values exist; another one ends the command when the file is read.",
    fix="Choose one of the values.",
    source=LOADER,
    world=ENDPOINT_WORLD,
    fixable=True,
)
RANGE = Rule(
    code="SD610",
    severity="error",
    title="v2 value out of range",
    message="“{key}” is {got}, but must be {wanted}; Azure refuses the deployment.",
    why="The command line refuses the value, or sends it as it is and Azure then refuses it.",
    fix="Choose a value in the range.",
    source=YAML_REFERENCE,
    world=DEPLOYMENT_WORLD,
)
NO_NAME = Rule(
    code="SD611",
    severity="information",
    title="Name is left to the command line",
    message="“{key}” is not in the file, so the command must give it with {option}.",
    why="Without either the file is refused with “Missing data for required field”.",
    fix="Add the key, or always give the option.",
    source=LOADER,
    world=ENDPOINT_WORLD,
    fixable=True,
)
REQUIRED = Rule(
    code="SD612",
    severity="error",
    title="Required key is missing",
    message="{where} needs “{key}”.",
    why="The file is refused with “Missing data for required field”.",
    fix="Add the key.",
    source=LOADER,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
NAME = Rule(
    code="SD613",
    severity="error",
    title="Name that is not allowed",
    message="{got} cannot be the name of {what}, because {reason}; Azure refuses the file.",
    why=(
        "The name becomes part of an address, so it is checked before anything is made. It has 3 to 32 letters, digits"
        " and dashes, begins with a letter and ends with a letter or digit."
    ),
    fix="Choose another name.",
    source="azure-ai-ml 1.35, check of endpoint and deployment names",
    world=ENDPOINT_WORLD,
    fixable=True,
)
OTHER_COMPUTE = Rule(
    code="SD614",
    severity="error",
    title="Key of the other compute",
    message="“{key}” is only for {other}; here the file is refused with “Unknown field”.",
    why="Managed and Kubernetes endpoints and deployments have some keys of their own.",
    fix="Remove the key, or say type: kubernetes.",
    source=LOADER,
    world=DEPLOYMENT_WORLD,
    fixable=True,
)
NO_TYPE = Rule(
    code="SD615",
    severity="warning",
    title="Kubernetes deployment without type",
    message="“$schema” is that of Kubernetes, but without “type: kubernetes” this is read as a managed deployment.",
    why="The $schema is not looked at when the file is read; only the key type decides.",
    fix="Add type: kubernetes.",
    source=LOADER,
    world=DEPLOYMENT_WORLD,
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
