"""The YAML of an online deployment of Azure ML v2 as a value: what runs with what. What is wrong with the rest is said
by `checks.configs.v2`. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from pathlib import PurePosixPath
from typing import Any

from scoredock import l10n
from scoredock.analysis.edits import plain
from scoredock.analysis.tree import Mapping as Table
from scoredock.analysis.tree import Node, Scalar
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.formats.v2.asset_references import AssetReference, asset_reference
from scoredock.formats.v2.online_settings import Setting, online_settings
from scoredock.formats.v2.placeholders import is_placeholder, is_template
from scoredock.late_dataclass import dataclass
from scoredock.text import Range

INVALID, UNSUPPORTED, ELSEWHERE = (
    "deployment-file-invalid",
    "deployment-file-unsupported",
    "deployment-file-elsewhere",
)
"""Codes of faults: the file is wrong, it asks for what is not to be had here, it names what is in Azure."""
_ADDRESS = re.compile(r"[A-Za-z][\w+.-]+:|git@")
"""One letter before the colon is a drive of Windows."""
_NO_CODE_HERE = "triton_model"
OF_A_FILE = "file:"
"""Before the path of a file that describes the environment."""
Reader = Callable[[str], str | None]
"""Gives the text of a file below the folder of the deployment file; None where there is none."""


@dataclass(frozen=True)
class OnlineFileFault(Exception):
    """The first thing that cannot be deployed here."""

    code: str
    message: str
    range: Range
    fix: str = ""


@dataclass(frozen=True, slots=True)
class ModelPart:
    """The model of a deployment. Exactly one of `reference` and `path` says it."""

    range: Range
    reference: AssetReference | None = None
    path: str = ""
    """As it stands there, below the folder of the file."""
    name: str = ""
    """Of a model that the file defines; empty where it gives none."""
    version: str = ""
    kind: str = ""
    """`mlflow_model` and the like; empty for none."""


@dataclass(frozen=True, slots=True)
class EnvironmentPart:
    """The environment of a deployment: a reference, or what the file defines."""

    range: Range
    reference: AssetReference | None = None
    name: str = ""
    image: str = ""
    conda_file: str = ""
    """A path below the folder of the file."""
    conda_text: str = ""
    """Packages that stand in the file itself, as JSON."""
    context: str = ""
    """Folder of a Dockerfile."""
    dockerfile: str = ""
    """Below that folder."""
    routes: bool = False
    """Whether the image has a server of its own, by `inference_config`."""


@dataclass(frozen=True, slots=True)
class OnlineDeploymentFile:
    """Values of a deployment file. Paths are as they stand there, below the folder of the file."""

    name: str
    endpoint: str
    """Empty where it says none."""
    script: str
    """Empty for a model that needs none."""
    source: str
    model: ModelPart | None
    environment: EnvironmentPart | None
    variables: Mapping[str, str]
    settings: Mapping[str, Setting]
    """In the words of a deployment configuration of v1."""
    description: str
    tags: Mapping[str, str]
    properties: Mapping[str, str]
    notes: tuple[str, ...]
    """One sentence for each field that means less here, or nothing."""
    ranges: Mapping[str, Range] = field(default_factory=dict, hash=False)
    """Where the fields are, by name."""


def read_online_deployment(text: str, text_of_file: Reader) -> OnlineDeploymentFile:
    """Values of a deployment file. Raises OnlineFileFault, and what `text_of_file` raises."""
    root = document_of(text)
    values = {str(entry.key.value): plain(entry.value) for entry in root.entries}
    script, source = _code(root)
    model = _model(root.get("model"), has_script=bool(script))
    environment = _environment(root.get("environment"), text_of_file, has_script=bool(script))
    if not script and model is None:
        raise _without_content(root, environment)
    settings = online_settings(values)
    notes = [*_schema(values), *settings.notes, *_of_environment(environment)]
    return OnlineDeploymentFile(
        text_at(root, "name"),
        text_at(root, "endpoint_name"),
        script,
        source,
        model,
        environment,
        texts_at(root, "environment_variables"),
        settings.values,
        text_at(root, "description"),
        texts_at(root, "tags"),
        texts_at(root, "properties"),
        tuple(notes),
        {str(entry.key.value): entry.value.range for entry in root.entries},
    )


def _without_content(root: Table, environment: EnvironmentPart | None) -> OnlineFileFault:
    """Fault of a file with neither a script nor a model."""
    if environment is not None:
        return OnlineFileFault(
            UNSUPPORTED,
            l10n.t("The file names neither a scoring script nor a model; an image alone does not run here."),
            (root.get("environment") or _first(root)).range,
            l10n.t("Name the model, and the scoring script where the model needs one."),
        )
    return OnlineFileFault(
        UNSUPPORTED,
        l10n.t("The file names neither a scoring script nor a model."),
        _first(root).range,
        l10n.t("Write “model: azureml:NAME:VERSION” into it, which a script of `az ml` may give with --set."),
    )


def document_of(text: str) -> Table:
    """The one object of a file. Raises OnlineFileFault."""
    tree = parse_yaml(text)
    if tree.problems and is_template(text):
        where = tree.problems[0].range
        written = text.splitlines()[where.start.line].strip() if where.start.line < len(text.splitlines()) else ""
        raise OnlineFileFault(
            INVALID,
            l10n.t("The file is a template that is still to be filled in: {written}", written=written[:80]),
            where,
            _fill_in(),
        )
    if tree.problems:
        raise OnlineFileFault(INVALID, tree.problems[0].message, tree.problems[0].range)
    if not isinstance(tree.root, Table):
        raise OnlineFileFault(INVALID, l10n.t("The file describes nothing."), tree.lines.range(0, 0))
    return tree.root


def text_at(root: Table, key: str) -> str:
    """A text, or a number as it is written; empty for none. Raises OnlineFileFault for a place that is to be filled in,
    and for what is not text."""
    node = root.get(key)
    _require_filled(node, key)
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return ""
    if not isinstance(node, Scalar) or isinstance(node.value, bool):
        raise OnlineFileFault(INVALID, l10n.t("{key} is not text.", key=f"“{key}”"), node.range)
    return node.value if isinstance(node.value, str) else node.raw


def texts_at(root: Table, key: str) -> dict[str, str]:
    """Names and texts; numbers and truth values are written as YAML has them. Raises OnlineFileFault."""
    node = root.get(key)
    _require_filled(node, key)
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return {}
    if not isinstance(node, Table):
        raise OnlineFileFault(INVALID, l10n.t("{key} is to give a text for each name.", key=f"“{key}”"), node.range)
    texts = {}
    for entry in node.entries:
        name = str(entry.key.value)
        _require_filled(entry.value, f"{key}.{name}")
        if not isinstance(entry.value, Scalar):
            raise OnlineFileFault(INVALID, l10n.t("{key} is not text.", key=f"“{key}.{name}”"), entry.value.range)
        value = entry.value.value
        texts[name] = value if isinstance(value, str) else "" if value is None else entry.value.raw
    return texts


def _require_filled(node: Node | None, key: str) -> None:
    if node is not None and is_placeholder(node):
        raw = node.raw if isinstance(node, Scalar) else "{{ }}"
        raise OnlineFileFault(
            INVALID,
            l10n.t("{key} is still to be filled in: {written}.", key=f"“{key}”", written=raw[:80]),
            node.range,
            _fill_in(),
        )


def _fill_in() -> str:
    return l10n.t("Fill in the file first, as the pipeline that deploys it does.")


def _first(root: Table) -> Node:
    return root.entries[0].key if root.entries else root


def _schema(values: Mapping[str, Any]) -> list[str]:
    """Azure ML passes over `$schema`; a note names one that is not the newest."""
    schema = values.get("$schema")
    match = re.match(r"https?://[^/]+/([^/]+)/", schema) if isinstance(schema, str) else None
    if match is None or match[1] == "latest":
        return []
    return [l10n.t("$schema names the version {version}; the file is read by the newest schema.", version=match[1])]


def _code(root: Table) -> tuple[str, str]:
    """Script and folder, both empty where there is no code. Raises OnlineFileFault."""
    node = root.get("code_configuration")
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return "", ""
    if not isinstance(node, Table):
        raise OnlineFileFault(
            INVALID, l10n.t("{key} is to name a folder and a scoring script.", key="“code_configuration”"), node.range
        )
    source, script = text_at(node, "code") or ".", text_at(node, "scoring_script")
    if not script:
        raise OnlineFileFault(INVALID, l10n.t("The file names no scoring script."), node.range)
    if _ADDRESS.match(source) or source.startswith("azureml:"):
        place = node.get("code") or node
        raise OnlineFileFault(
            ELSEWHERE,
            l10n.t("The code is not on this machine: {path}.", path=source[:200]),
            place.range,
            l10n.t("Name a folder beside the file."),
        )
    return str(PurePosixPath(source) / script), source


def _model(node: Node | None, *, has_script: bool) -> ModelPart | None:
    """Raises OnlineFileFault."""
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return None
    _require_filled(node, "model")
    if isinstance(node, Scalar):
        reference = asset_reference(node.value)
        if reference is None:
            raise OnlineFileFault(
                INVALID,
                l10n.t("The model is not a reference such as azureml:name:1: {written}.", written=node.raw[:80]),
                node.range,
            )
        return ModelPart(node.range, reference)
    if not isinstance(node, Table):
        raise OnlineFileFault(INVALID, l10n.t("A deployment has one model."), node.range)
    return defined_model(node, has_script=has_script)


def defined_model(node: Table, *, has_script: bool) -> ModelPart:
    """A model that a file describes itself. Raises OnlineFileFault."""
    path, kind = text_at(node, "path"), text_at(node, "type")
    name, version = text_at(node, "name"), text_at(node, "version")
    if not path:
        if name and version:
            return ModelPart(node.range, AssetReference(f"azureml:{name}:{version}", name, version))
        raise OnlineFileFault(INVALID, l10n.t("The model names no path."), node.range)
    reference = asset_reference(path)
    if reference is not None:
        return ModelPart(node.range, reference)
    if _ADDRESS.match(path):
        place = node.get("path") or node
        raise OnlineFileFault(
            ELSEWHERE,
            l10n.t("The files of the model are not on this machine: {path}.", path=path[:200]),
            place.range,
            l10n.t("Download them, and name the folder that they are in."),
        )
    if kind.lower() == _NO_CODE_HERE and not has_script:
        place = node.get("type") or node
        raise OnlineFileFault(
            UNSUPPORTED,
            l10n.t("A model of Triton needs Triton's server, which does not run here."),
            place.range,
            l10n.t("Give the deployment a scoring script; ONNX models also run without one."),
        )
    return ModelPart(node.range, None, path, name, version, kind.lower())


def _environment(node: Node | None, text_of_file: Reader, *, has_script: bool) -> EnvironmentPart | None:
    """Raises OnlineFileFault."""
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return None
    _require_filled(node, "environment")
    if isinstance(node, Scalar):
        if isinstance(node.value, str) and node.value.startswith(OF_A_FILE):
            return _environment_of_file(node, text_of_file, has_script=has_script)
        reference = asset_reference(node.value)
        if reference is None:
            raise OnlineFileFault(
                INVALID,
                l10n.t("The environment is not a reference such as azureml:name:1: {written}.", written=node.raw[:80]),
                node.range,
            )
        return EnvironmentPart(node.range, reference)
    if not isinstance(node, Table):
        raise OnlineFileFault(INVALID, l10n.t("A deployment has one environment."), node.range)
    return defined_environment(node, has_script=has_script)


def _environment_of_file(node: Scalar, text_of_file: Reader, *, has_script: bool) -> EnvironmentPart:
    """Its paths are below the folder of its own file. Raises OnlineFileFault, which names that file."""
    path = str(node.value).removeprefix(OF_A_FILE)
    text = text_of_file(path)
    if text is None:
        message = l10n.t("The file of the environment, {path}, does not exist.", path=path[:200])
        raise OnlineFileFault("file-not-found", message, node.range)
    try:
        part = defined_environment(document_of(text), has_script=has_script)
    except OnlineFileFault as fault:
        message = l10n.t(
            "{path}, line {line}: {message}", path=path, line=fault.range.start.line + 1, message=fault.message
        )
        raise OnlineFileFault(fault.code, message, node.range, fault.fix) from None
    return replace(
        part,
        range=node.range,
        conda_file=_beside(path, part.conda_file),
        context=_beside(path, part.context),
    )


def _beside(file: str, path: str) -> str:
    """A path as a file has it, below the folder that the file's own path is below."""
    return str(PurePosixPath(file).parent / path) if path else ""


def defined_environment(node: Table, *, has_script: bool) -> EnvironmentPart:
    """An environment that a file describes itself. Raises OnlineFileFault."""
    routes = node.get("inference_config")
    has_routes = isinstance(routes, Table)
    if has_routes and not has_script:
        raise OnlineFileFault(
            UNSUPPORTED,
            l10n.t("The image brings its own server, by “inference_config”; only scoring scripts run here."),
            (routes or node).range,
            l10n.t("Run the image itself with `docker run`, or give the deployment a scoring script."),
        )
    if str(text_at(node, "os_type") or "linux").lower() != "linux":
        raise OnlineFileFault(
            UNSUPPORTED, l10n.t("Images of Windows do not run here."), (node.get("os_type") or node).range
        )
    conda_file, conda_text = _packages(node.get("conda_file"))
    context, dockerfile = _build(node.get("build"))
    name, image = text_at(node, "name"), text_at(node, "image")
    if not (image or conda_file or conda_text or context):
        version = text_at(node, "version")
        if name and version:
            reference = AssetReference(f"azureml:{name}:{version}", name, version)
            return EnvironmentPart(node.range, reference)
        raise OnlineFileFault(
            INVALID, l10n.t("The environment names no image, no conda file and no Dockerfile."), node.range
        )
    return EnvironmentPart(
        node.range,
        None,
        name,
        image,
        conda_file,
        conda_text,
        context,
        dockerfile,
        has_routes,
    )


def _packages(node: Node | None) -> tuple[str, str]:
    """Path and content, of which one is empty. Raises OnlineFileFault."""
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return "", ""
    _require_filled(node, "environment.conda_file")
    if isinstance(node, Table):
        return "", json.dumps(plain(node), ensure_ascii=False)
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        raise OnlineFileFault(INVALID, l10n.t("{key} is not a path.", key="“environment.conda_file”"), node.range)
    if "\n" in node.value:
        return "", node.value
    _require_local(node.value, node)
    return node.value, ""


def _build(node: Node | None) -> tuple[str, str]:
    """Folder and Dockerfile below it, empty for none. Raises OnlineFileFault."""
    if not isinstance(node, Table):
        return "", ""
    context = text_at(node, "path") or "."
    _require_local(context, node.get("path") or node)
    return context, text_at(node, "dockerfile_path") or "Dockerfile"


def _require_local(path: str, node: Node) -> None:
    if _ADDRESS.match(path):
        raise OnlineFileFault(
            ELSEWHERE,
            l10n.t("{path} is not on this machine.", path=path[:200]),
            node.range,
            l10n.t("Name a file or folder beside the deployment file."),
        )


def _of_environment(environment: EnvironmentPart | None) -> list[str]:
    if environment is None or not environment.routes:
        return []
    return [
        l10n.t(
            "environment.inference_config is not used: the scoring runtime answers at /score, and probes at its own"
            " routes."
        )
    ]
