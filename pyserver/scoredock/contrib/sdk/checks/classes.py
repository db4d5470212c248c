"""The SDK's classes as the checks ask for them, read once from the table of signatures."""

from __future__ import annotations

import re
from dataclasses import field
from functools import lru_cache

from scoredock.contrib.sdk.checks.signatures import CLASSES, MODULES
from scoredock.late_dataclass import dataclass

_FUNCTION = re.compile(r"(new|fn|def)(?: (\w+))?\((.*)\)(?: -> (\w+))?")
_UNLISTED = {
    "Webservice": ("scoring_uri", "swagger_uri", "compute_type"),
    "AksWebservice": ("namespace", "is_default", "traffic_percentile", "version_type"),
    "Workspace": ("resource_groups",),
    "Dataset": ("Tabular", "File", "Scenario"),
}
"""Attributes that the SDK sets in ways that no reading of its text shows."""
_OPEN = frozenset(("ComputeTarget", "Run", "Dataset", "Datastore"))
"""Classes of which there are kinds, or older forms, that the table does not hold."""
_FRAMES = frozenset(("Webservice", "ComputeTarget", "WebserviceDeploymentConfiguration", "ImageConfig"))
"""Classes of which every object is of a class below."""
NAMED_INSIDE = {("Dataset", "Tabular"): "TabularDatasetFactory", ("Dataset", "File"): "FileDatasetFactory"}
"""Classes that people reach through an attribute of another one."""


@dataclass(frozen=True, slots=True)
class SdkSignature:
    """Arguments that a call may give."""

    name: str
    positional: tuple[str, ...]
    keywords: tuple[str, ...]
    """All that may be given by name."""
    required: tuple[str, ...]
    any_positional: bool = False
    any_keyword: bool = False
    static: bool = False
    returns: str = ""


@dataclass(slots=True)
class SdkClass:
    """One class of the SDK."""

    name: str
    module: str
    bases: tuple[str, ...]
    new: SdkSignature | None = None
    methods: dict[str, SdkSignature] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    inner: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Classes inside it that only hold constants."""


def _signature(kind: str, name: str, listed: str, returns: str) -> SdkSignature:
    names = [part.strip() for part in listed.split(",") if part.strip()]
    positional: list[str] = []
    keywords: list[str] = []
    required: list[str] = []
    star = any_positional = any_keyword = False
    for part in names:
        if part == "**":
            any_keyword = True
        elif part.startswith("*"):
            star = True
            any_positional = len(part) > 1
        else:
            plain = part.rstrip("=")
            keywords.append(plain)
            if not star:
                positional.append(plain)
            if not part.endswith("="):
                required.append(plain)
    return SdkSignature(
        name,
        tuple(positional),
        tuple(keywords),
        tuple(required),
        any_positional,
        any_keyword,
        kind == "fn",
        returns or "",
    )


@lru_cache(maxsize=1)
def classes() -> dict[str, SdkClass]:
    """Classes of the table by name."""
    result: dict[str, SdkClass] = {}
    current = SdkClass("", "", ())
    for line in CLASSES.splitlines():
        if line.startswith("class "):
            _, name, module, *bases = line.replace(",", " ").split()
            current = result[name] = SdkClass(name, module, tuple(bases))
            current.attributes.update(_UNLISTED.get(name, ()))
        elif line.startswith("has "):
            current.attributes.update(line.split()[1:])
        elif line.startswith("in "):
            inner, names = line[3:].split(":")
            current.inner[inner] = tuple(names.split())
        elif match := _FUNCTION.fullmatch(line):
            kind, name, listed, returns = match.groups()
            signature = _signature(kind, name or current.name, listed, returns)
            if kind == "new":
                current.new = signature
            else:
                current.methods[name] = signature
    return result


@lru_cache(maxsize=1)
def modules() -> dict[str, frozenset[str]]:
    """The names of each module of azureml-core."""
    pairs = (line.replace("|", "").split(": ", 1) for line in MODULES.splitlines())
    return {module: frozenset(each.partition("=")[0] for each in names.split()) for module, names in pairs}


@lru_cache(maxsize=256)
def line_of(name: str) -> tuple[SdkClass, ...]:
    """A class and what it inherits from, nearest first."""
    found = classes().get(name)
    if found is None:
        return ()
    return (found, *(ancestor for base in found.bases for ancestor in line_of(base)))


@lru_cache(maxsize=256)
def kinds_of(name: str) -> tuple[str, ...]:
    """The classes that an object of this class may really be of: itself, unless it is only a frame, and those below
    it."""
    below = [o.name for o in classes().values() if o.name != name and name in [c.name for c in line_of(o.name)]]
    return tuple(below) if below and name in _FRAMES else (name, *below)


def is_open(name: str) -> bool:
    """True if objects may have more attributes than the table knows."""
    return any(found.name in _OPEN or any(base not in classes() for base in found.bases) for found in line_of(name))


def method(name: str, called: str) -> SdkSignature | None:
    """The method of a class, inherited ones included."""
    return next((found.methods[called] for found in line_of(name) if called in found.methods), None)


def has_attribute(name: str, attribute: str) -> bool:
    """True if a class lists an attribute, method or inner class."""
    return any(attribute in c.attributes or attribute in c.methods or attribute in c.inner for c in line_of(name))


def all_names(name: str) -> tuple[str, ...]:
    """Public names that can be read off a class or its objects."""
    found: dict[str, None] = {}
    for kind in (name, *kinds_of(name)):
        for ancestor in line_of(kind):
            found.update(dict.fromkeys((*ancestor.methods, *sorted(ancestor.attributes))))
    return tuple(n for n in found if not n.startswith("_"))


def is_a(name: str, base: str) -> bool:
    """True if one class is another one or below it."""
    return any(found.name == base for found in line_of(name))


@lru_cache(maxsize=1)
def import_lines() -> dict[str, str]:
    """The import that each class of the SDK wants, by its name; the shortest public module wins."""
    lines: dict[str, str] = {}
    preferred = ("azureml.core.webservice", "azureml.core.compute", "azureml.core.image", "azureml.core")
    apart = {"Model": "azureml.core.model", "Webservice": "azureml.core.webservice"}
    for each in classes().values():
        if each.name.startswith("_") or (
            each.name.endswith(("Configuration", "Factory", "Config")) and each.name != "InferenceConfig"
        ):
            continue
        own = each.module.rpartition(".")[0] if each.module.startswith("azureml.pipeline.") else each.module
        home = next((m for m in preferred if each.name in modules().get(m, ())), own)
        lines[each.name] = f"from {apart.get(each.name, home)} import {each.name}"
    lines["ScriptRunConfig"] = "from azureml.core import ScriptRunConfig"
    lines["ResourceConfiguration"] = "from azureml.core.resource_configuration import ResourceConfiguration"
    return lines
