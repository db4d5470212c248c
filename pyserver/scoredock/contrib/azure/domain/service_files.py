"""Services of v1 as the files of v1's command line: inference and deployment configuration. Pure."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from typing import Any

from scoredock import l10n
from scoredock.late_dataclass import dataclass

CODE = "code"
"""Folder of the code, beside the configurations."""
INFERENCE, DEPLOYMENT, SERVICE = "inferenceconfig.json", "deploymentconfig.json", "service.json"
_ENTRY, _SOURCE = "AZUREML_ENTRY_SCRIPT", "AZUREML_SOURCE_DIRECTORY"
_OF_AZURE = (_ENTRY, _SOURCE, "EXAMPLE_ENV_VAR")
"""Variables that the SDK sets by itself."""
_OF_DEPLOYMENT = ("hasInferenceSchema", "hasHttps", "authEnabled", "azureml.")
"""Properties that Azure sets by itself begin with these."""
_RESERVED = ("azureml", "microsoft")
_OWN = "own-"
_AUTOSCALED = ("minReplicas", "maxReplicas", "refreshPeriodInSeconds", "targetUtilization")


@dataclass(frozen=True, slots=True)
class ServiceCode:
    """Unpacked code of a version."""

    paths: Sequence[str]
    """Of files below the folder of code."""
    driver: str
    """The script that the SDK wrote around the entry script; empty where there is none."""
    conda: Any
    """The conda file of an image, as values; None where there is none."""
    has_docker_steps: bool
    """Whether its file for `extraDockerfileSteps` is among the code."""


@dataclass(frozen=True, slots=True)
class ServiceTexts:
    """Files of one version: text by name, and what is to be said."""

    files: Mapping[str, str]
    notes: Sequence[str]


DOCKER_STEPS, CONDA = "extra-docker-steps.txt", "conda.yml"
"""Files of images, among the code: `sourceDirectory` is where their names begin."""


def service_texts(
    service: Mapping[str, Any], version: Mapping[str, Any], code: ServiceCode, here: Mapping[str, str]
) -> ServiceTexts:
    """`here` is what assets are called here, by their keys."""
    notes = [l10n.t("{what} is no longer in Azure or cannot be read", what=each["what"]) for each in version["notes"]]
    files = {DEPLOYMENT: _text(_deployment(service["computeType"], version, notes))}
    script = entry_script(version, code)
    if script:
        files[INFERENCE] = _text(_inference(service["name"], version, code, script, (here, notes)))
    elif code.paths or version["assets"]:
        notes.append(l10n.t("nothing names its entry script: write {file} yourself", file=INFERENCE))
    else:
        notes.append(l10n.t("Azure names no code for it, as for a deployment without an entry script"))
    return ServiceTexts(files, notes)


def entry_script(version: Mapping[str, Any], code: ServiceCode) -> str:
    """The path of the entry script below the folder of code; empty where nothing says it."""
    variables = version["environment"].get("environmentVariables") or {}
    named = str(variables.get(_ENTRY) or "") or _script_of_driver(code.driver)
    scripts = [path for path in code.paths if path.endswith(".py")]
    if named:
        named = named.strip("/")
        base = named.rpartition("/")[2]
        for fits in (
            [path for path in scripts if path == named],
            [path for path in scripts if path.endswith(f"/{named}")],
            [path for path in scripts if path.rpartition("/")[2] == base],
        ):
            if len(fits) == 1:
                return fits[0]
        return ""
    return scripts[0] if len(scripts) == 1 else ""


def _script_of_driver(driver: str) -> str:
    """The path that is joined for `script_location`."""
    try:
        tree = ast.parse(driver)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.value.args:
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            last = node.value.args[-1]
            if names == ["script_location"] and isinstance(last, ast.Constant) and isinstance(last.value, str):
                return last.value
    return ""


def _inference(
    name: str,
    version: Mapping[str, Any],
    code: ServiceCode,
    script: str,
    surroundings: tuple[Mapping[str, str], list[str]],
) -> dict[str, Any]:
    here, notes = surroundings
    document: dict[str, Any] = _place(version, code, script)
    if version["image"]:
        return document | _of_image(version["image"], code, notes)
    environment = version["environment"]
    if environment and "buildContext" not in environment["docker"]:
        document["environment"] = _inline(environment, name)
        return document
    reference = version["reference"] or {each: environment.get(each) for each in ("name", "version")}
    if reference.get("name"):
        document["environment"] = _reference(reference, here, notes)
    else:
        notes.append(l10n.t("Azure names no environment for it"))
    return document


def _place(version: Mapping[str, Any], code: ServiceCode, script: str) -> dict[str, Any]:
    """The script and the folder that goes with it: the working directory of a service is the folder above."""
    top, slash, rest = script.partition("/")
    if slash and all(path.startswith(f"{top}/") for path in code.paths) and not version["image"]:
        return {"entryScript": rest, "sourceDirectory": f"./{CODE}/{top}"}
    if len(code.paths) == 1 and not version["image"]:
        return {"entryScript": f"{CODE}/{script}"}
    return {"entryScript": script, "sourceDirectory": f"./{CODE}"}


def _inline(environment: Mapping[str, Any], name: str) -> dict[str, Any]:
    variables = environment.get("environmentVariables") or {}
    own = {key: value for key, value in variables.items() if key not in _OF_AZURE}
    called = str(environment.get("name") or f"{name}-env")
    if called.lower().startswith(_RESERVED):
        called = _OWN + called
    python = dict(environment["python"])
    if python.get("userManagedDependencies"):
        python.pop("condaDependencies", None)
    document = {**environment, "name": called, "environmentVariables": own, "python": python}
    docker = dict(environment["docker"])
    if docker.get("baseDockerfile"):
        docker.pop("baseImage", None)
    document["docker"] = docker
    return {key: value for key, value in document.items() if value not in (None, {}, [], "")}


def _reference(reference: Mapping[str, Any], here: Mapping[str, str], notes: list[str]) -> dict[str, Any]:
    name, version = str(reference["name"]), str(reference.get("version") or "")
    registered = here.get(f"environment:{name}:{version}")
    if registered:
        name, _, version = registered.partition(":")
    elif not name.lower().startswith(_RESERVED):
        notes.append(l10n.t("The service names {reference}, which did not come.", reference=f"{name}:{version}"))
    return {"name": name, "version": version or None}


def _of_image(image: Mapping[str, Any], code: ServiceCode, notes: list[str]) -> dict[str, Any]:
    """In the older form of an inference configuration, from which such images were made."""
    document: dict[str, Any] = {"runtime": "spark-py" if "spark" in image["runtime"].lower() else "python"}
    if code.conda is not None:
        document["condaFile"] = CONDA
    if code.has_docker_steps:
        document["extraDockerfileSteps"] = DOCKER_STEPS
    if image["gpu"]:
        document["enableGpu"] = True
    if image["cuda"]:
        document["cudaVersion"] = image["cuda"]
    if image["base"]:
        document["baseImage"] = image["base"]
    notes.append(l10n.t("from the image {image}, of which only files and packages come", image=image["id"]))
    return document


def _deployment(kind: str, version: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    settings = version["settings"]
    document: dict[str, Any] = {"computeType": kind.lower()}
    document |= {name: settings[name] for name in ("authEnabled", "appInsightsEnabled") if name in settings}
    sizes = dict(settings.get("containerResourceRequirements") or {})
    gpus = sizes.pop("gpu", None)
    if kind == "ACI":
        sizes = {name: value for name, value in sizes.items() if not name.endswith("Limit")}
        document |= _of_aci(settings, notes)
    else:
        document |= _of_aks(settings)
        document |= {"gpuCores": gpus} if gpus else {}
        if kind == "AKS":
            document |= {"computeTargetName": settings["computeName"]} if settings.get("computeName") else {}
        else:
            document["versionName"] = version["name"]
            document |= {"trafficPercentile": settings["trafficPercentile"]} if "trafficPercentile" in settings else {}
    if settings.get("aadAuthEnabled"):
        document |= {"tokenAuthEnabled": True, "authEnabled": False}
    if sizes:
        document["containerResourceRequirements"] = sizes
    return document


def _of_aci(settings: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    document = {name: settings[name] for name in ("location", "cname") if settings.get(name)}
    document |= settings.get("vnetConfiguration") or {}
    document |= settings.get("encryptionProperties") or {}
    if settings.get("sslEnabled"):
        # A certificate without its key would keep it from being deployed; the key stays in Azure.
        document["sslEnabled"] = False
        notes.append(
            l10n.t(
                "its HTTPS is off here, as its key is not fetched: set sslEnabled, sslCertificate and sslKey in {file}",
                file=DEPLOYMENT,
            )
        )
    return document


def _of_aks(settings: Mapping[str, Any]) -> dict[str, Any]:
    names = ("scoringTimeoutMs", "maxConcurrentRequestsPerContainer", "maxQueueWaitMs", "namespace")
    document = {name: settings[name] for name in names if settings.get(name)}
    document |= {name: settings[name] for name in ("dataCollection", "livenessProbeRequirements") if name in settings}
    scaler = settings.get("autoScaler") or {}
    replicas = settings.get("numReplicas")
    if scaler.get("autoscaleEnabled"):
        kept = {name: scaler[name] for name in _AUTOSCALED if scaler.get(name)}
        document["autoScaler"] = {"autoscaleEnabled": True, **kept}
    elif replicas:
        document |= {"autoScaler": {"autoscaleEnabled": False}, "numReplicas": replicas}
    return document


def deploy_words(
    service: Mapping[str, Any], version: Mapping[str, Any], models: Sequence[str], folder: str, has_script: bool
) -> list[str]:
    """The command that deploys it here. What only the command line has, goes with it: tags, properties, description."""
    name = service["name"]
    if version["name"] and version is not service["versions"][0]:
        name = f"{name}-{version['name']}"
    words = ["scoredock", "service", "deploy", name]
    for model in models:
        words += ["--model", model]
    if has_script:
        words += ["--inference-config", f"{folder}/{INFERENCE}"]
    words += ["--deployment-config", f"{folder}/{DEPLOYMENT}"]
    if service["description"]:
        words += ["--description", service["description"]]
    for key, value in service["tags"].items():
        words += ["--tag", f"{key}={value}"]
    for key, value in service["properties"].items():
        if not key.startswith(_OF_DEPLOYMENT):
            words += ["--property", f"{key}={value}"]
    return words


def about(service: Mapping[str, Any]) -> str:
    """Document with Azure's facts about a service."""
    facts = {name: value for name, value in service.items() if name != "versions"}
    facts["models"] = service["versions"][0]["models"] if service["versions"] else []
    if any(version["name"] for version in service["versions"]):
        facts["versions"] = {
            version["name"]: {
                "models": version["models"],
                "traffic": version["settings"].get("trafficPercentile"),
                "isDefault": bool(version["settings"].get("isDefault")),
            }
            for version in service["versions"]
        }
    return _text(facts)


def _text(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
