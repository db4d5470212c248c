"""What each kind of export writes of an image, by the schema, the models or the linter of the tool that it is for."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import typing
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from scoredock.clusters.objects import KEY_DIGESTS
from scoredock.contrib.exports import messages
from scoredock.contrib.exports.domain.functions import FunctionTrigger, function_app
from scoredock.contrib.exports.domain.kinds import KINDS, require_kind
from scoredock.contrib.exports.domain.of_image import image_export
from scoredock.contrib.exports.domain.subject import ExportFiles, ExportSubject
from scoredock.contrib.exports.domain.writing import new_folder, put, write_file
from scoredock.errors import ScoredockError
from scoredock.packaging.package import Hints, RequestedResources

from cluster import programs
from pace import patience
from parts import missing

from .export_tools import judged, tools  # noqa: F401 (a fixture)

IMAGE = f"contoso.azurecr.io/team/prices@sha256:{'0123456789abcdef' * 4}"
ORIGIN = "the service prices, revision 3"
AKS = {"computeType": "aks", "autoScaler.minReplicas": 2, "autoScaler.targetUtilization": 50}
ODD = 'it\'s $x %h "{{ y }}" \\ [a]'
OF_IMAGES = [kind.id for kind in KINDS.values() if kind.from_image]
SMALL = ExportSubject("prices", "team/prices:3", ORIGIN)
FULL = ExportSubject(
    "prices", IMAGE, ORIGIN, Hints(RequestedResources(0.5, 1.5), True, AKS), {"ODD": ODD}, pull_secret="login"
)
VERSION = kubernetes_validate.latest_version().rpartition(".")[0]


def written(kind: str, subject: ExportSubject, folder: Path) -> Path:
    """The folder, or the one file."""
    files = image_export(kind, subject)
    put(files, folder)
    return folder if KINDS[kind].is_folder else folder / files.main


def by_kind(texts: typing.Iterable[str]) -> dict[str, dict[str, Any]]:
    documents = [each for text in texts for each in yaml.safe_load_all(text) if each]
    return {str(each["kind"]): each for each in documents}


def test_the_protocol_has_the_kinds_of_the_table() -> None:
    assert typing.get_args(messages.ExportKindId) == tuple(KINDS)


@pytest.mark.parametrize("subject", [SMALL, FULL], ids=["small", "full"])
@pytest.mark.parametrize("kind", OF_IMAGES)
def test_the_first_lines_say_what_it_was_made_of_and_what_to_fill_in(kind: str, subject: ExportSubject) -> None:
    files = image_export(kind, subject)
    first = "\n".join(files.texts[files.main].splitlines()[:7])
    assert f"Written by Scoredock from {ORIGIN}" in first
    assert "ill in" in first, first
    everything = "\n".join(files.texts.values())
    for name in files.fill_in:
        assert name in everything


@pytest.mark.parametrize("subject", [SMALL, FULL], ids=["small", "full"])
@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("kserve", "inference-service"),
        ("container-apps", "container-app"),
        ("container-instances", "container-group"),
    ],
)
def test_every_field_is_one_of_its_model(
    tools: Path,  # noqa: F811
    kind: str,
    model: str,
    subject: ExportSubject,
    tmp_path: Path,
) -> None:
    document = yaml.safe_load(written(kind, subject, tmp_path).read_text())
    document.pop("apiVersion") if kind == "container-instances" else None  # of the request, not of the body
    assert judged(tools, "fields", model, document=document) == []
    wrong = {**document, "extra": {}}
    assert judged(tools, "fields", model, document=wrong) == [f".extra is not of {_named(model)}"]


def _named(model: str) -> str:
    return {"inference-service": "V1beta1InferenceService"}.get(
        model, "".join(part.capitalize() for part in model.split("-"))
    )


def test_a_web_app_has_the_fields_of_its_models(tools: Path, tmp_path: Path) -> None:  # noqa: F811
    template = json.loads(written("app-service", FULL, tmp_path).read_text())
    for model, resource in zip(("plan", "site"), template["resources"], strict=True):
        body = {name: value for name, value in resource.items() if name not in ("apiVersion", "dependsOn")}
        assert judged(tools, "fields", model, document=body) == []
    assert template["parameters"]["keyDigests"]["type"] == "securestring"
    assert "defaultValue" not in template["parameters"]["registryPassword"]
    settings = {
        each["name"]: each["value"] for each in template["resources"][1]["properties"]["siteConfig"]["appSettings"]
    }
    assert settings["WEBSITES_PORT"] == "5001"
    assert settings["ODD"] == ODD


def refused_by_restricted(pod: dict[str, Any]) -> list[str]:
    """What the restricted profile of the Pod Security Standards refuses of a pod with no volumes and no host fields,
    by the sentences of its admission."""
    faults = []
    for container in pod["containers"]:
        own, around = container.get("securityContext", {}), pod.get("securityContext", {})
        whole = {**around, **own}
        for name, is_good in (
            ("allowPrivilegeEscalation != false", own.get("allowPrivilegeEscalation") is False),
            ("unrestricted capabilities", own.get("capabilities", {}).get("drop") == ["ALL"]),
            ("runAsNonRoot != true", whole.get("runAsNonRoot") is True),
            ("seccompProfile", whole.get("seccompProfile", {}).get("type") in ("RuntimeDefault", "Localhost")),
        ):
            faults += [] if is_good else [f"{container['name']}: {name}"]
    return faults


@pytest.mark.parametrize("subject", [SMALL, FULL], ids=["small", "full"])
def test_what_runs_in_a_cluster_passes_the_restricted_profile(subject: ExportSubject) -> None:
    served = yaml.safe_load(image_export("kserve", subject).texts["inference-service.yaml"])
    assert refused_by_restricted(served["spec"]["predictor"]) == []
    assert "securityContext" not in served["spec"]["predictor"], "Knative refuses that of a pod by default"
    objects = by_kind([image_export("kubernetes", subject).texts["kubernetes.yaml"]])
    assert refused_by_restricted(objects["Deployment"]["spec"]["template"]["spec"]) == []


@pytest.mark.parametrize("subject", [SMALL, FULL], ids=["small", "full"])
def test_helm_renders_the_chart_into_valid_objects(
    tools: Path,  # noqa: F811
    subject: ExportSubject,
    tmp_path: Path,
) -> None:
    chart = written("helm", subject, tmp_path / subject.name)
    told = judged(tools, "helm", str(chart), "{}")
    assert [each for each in told["lint"]["messages"] if each["severity"] > 1] == []
    assert told["lint"]["errors"] == []
    made = by_kind(told["rendered"].values())
    plain = by_kind([image_export("kubernetes", subject).texts["kubernetes.yaml"]])
    assert sorted(made) == sorted(plain)
    for document in made.values():
        kubernetes_validate.validate(document, VERSION, strict=True)
    container, expected = (each["Deployment"]["spec"]["template"]["spec"]["containers"][0] for each in (made, plain))
    for field in ("image", "resources", "startupProbe", "readinessProbe", "livenessProbe", "securityContext"):
        assert container[field] == expected[field]
    variables = {each["name"]: each.get("value") for each in container["env"]}
    assert variables["SCOREDOCK_ALLOWED_HOSTS"].split(",")[1] == "prices.team"
    if subject is FULL:
        assert variables["ODD"] == ODD
        assert container["env"][-1]["valueFrom"] == {"secretKeyRef": {"name": "prices-keys", "key": "digests"}}


def test_values_change_what_the_chart_becomes(tools: Path, tmp_path: Path) -> None:  # noqa: F811
    chart = written("helm", SMALL, tmp_path / "chart")
    values = {"image": "other/prices:4", "replicas": 3, "env": {"SCOREDOCK_ALLOWED_HOSTS": "*"}, "keysSecret": "own"}
    made = by_kind(judged(tools, "helm", str(chart), json.dumps(values))["rendered"].values())
    assert sorted(made) == ["Deployment", "PodDisruptionBudget", "Service"]
    assert made["Deployment"]["spec"]["replicas"] == 3
    container = made["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "other/prices:4"
    assert {"name": "SCOREDOCK_ALLOWED_HOSTS", "value": "*"} in container["env"]
    assert container["env"][-1]["valueFrom"]["secretKeyRef"]["name"] == "own"


def _kubectl_of_the_cluster() -> str:
    programs.require()
    return str(programs.place() / "kubectl")


@pytest.mark.parametrize("subject", [SMALL, FULL], ids=["small", "full"])
def test_kustomize_builds_the_same_objects(subject: ExportSubject, tmp_path: Path) -> None:
    kubectl = shutil.which("kubectl") or _kubectl_of_the_cluster()
    folder = written("kustomize", subject, tmp_path)
    done = subprocess.run(
        [kubectl, "kustomize", str(folder)], capture_output=True, text=True, timeout=patience(60), check=False
    )
    assert done.returncode == 0, done.stderr
    assert by_kind([done.stdout]) == by_kind([image_export("kubernetes", subject).texts["kubernetes.yaml"]])


@pytest.mark.parametrize("subject", [SMALL, FULL], ids=["small", "full"])
def test_compose_reads_the_file(subject: ExportSubject, tmp_path: Path) -> None:
    compose = shutil.which("docker-compose") or missing("docker-compose")
    file = written("compose", subject, tmp_path)
    command = [compose, "--file", str(file), "config"]
    digests = {KEY_DIGESTS: "ab" * 32}
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience(60), check=False, env=digests)
    assert done.returncode == 0, done.stderr
    service = yaml.safe_load(done.stdout)["services"]["prices"]
    assert service["image"] == subject.image
    if subject is FULL:
        # What `config` prints can be read again, with dollar signs doubled.
        assert service["environment"]["ODD"].replace("$$", "$") == ODD
        assert service["environment"][KEY_DIGESTS] == "ab" * 32
        without = subprocess.run(command, capture_output=True, text=True, timeout=patience(60), check=False, env={})
        assert without.returncode != 0
        assert KEY_DIGESTS in without.stderr, "it does not stand open as nobody filled it in"


@pytest.mark.parametrize("subject", [SMALL, FULL], ids=["small", "full"])
def test_systemd_takes_the_units_of_an_image(subject: ExportSubject, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze") or missing("systemd-analyze")
    folder = written("systemd", subject, tmp_path)
    for unit in ("system/prices.service", "user/prices.service"):
        # The engines need not be here; any program does for the parser.
        text = (
            (folder / unit).read_text().replace("/usr/bin/docker", "/bin/true").replace("/usr/bin/podman", "/bin/true")
        )
        (folder / unit).write_text(text.replace("Requires=docker.service\n", ""))
        command = [analyze, "verify", *(["--user"] if unit.startswith("user") else []), str(folder / unit)]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=patience(60),
            check=False,
            env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        )
        assert "prices.service" not in done.stderr, done.stderr
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("subject", [SMALL, FULL], ids=["small", "full"])
def test_the_shell_script_of_an_image_starts_a_container_with_these_words(
    subject: ExportSubject, tmp_path: Path
) -> None:
    script = written("run.sh", subject, tmp_path / "run") / "run.sh"
    engine = tmp_path / "engine"
    engine.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    engine.chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin", "CONTAINER_ENGINE": str(engine), "SCOREDOCK_PORT": "8080"}
    done = subprocess.run([str(script)], capture_output=True, text=True, check=True, env=environment)
    words = done.stdout.splitlines()
    assert words[:5] == ["run", "--rm", "--init", "-p", "127.0.0.1:8080:5001"]
    assert words[-1] == subject.image
    assert (f"ODD={ODD}" in words) == (subject is FULL)
    none = subprocess.run([str(script)], capture_output=True, text=True, check=False, env={"PATH": str(tmp_path)})
    assert none.returncode == 127


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        *((kind, {"name": "A B"}) for kind in OF_IMAGES if kind != "run.sh"),
        *((kind, {"image": "A B"}) for kind in OF_IMAGES),
        *((kind, {"variables": {"A-B": "x"}}) for kind in OF_IMAGES),
        *((kind, {"variables": {"A": "x\ny"}}) for kind in OF_IMAGES),
        ("kserve", {"name": "p" * 41}),
        ("helm", {"name": "p" * 54}),
        ("container-apps", {"name": "a--b"}),
        ("functions", {}),
        ("nomad", {}),
    ],
)
def test_what_the_place_refuses_is_refused_before(kind: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ScoredockError) as refused:
        image_export(kind, replace(FULL, **changes))
    assert refused.value.code in ("package-export-invalid", "base-image-invalid")


def test_an_unknown_kind_is_told_the_kinds() -> None:
    with pytest.raises(ScoredockError) as refused:
        require_kind("nomad")
    assert "helm" in refused.value.fix


@pytest.mark.parametrize(
    "trigger",
    [
        FunctionTrigger("http", auth_level="nobody"),
        FunctionTrigger("blob", input="no-container"),
        FunctionTrigger("blob", output="UPPER/{name}"),
        FunctionTrigger("service_bus_queue", input="a b"),
        FunctionTrigger("timer"),  # type: ignore[arg-type]
    ],
    ids=lambda each: each.kind,
)
def test_a_trigger_that_azure_refuses_is_refused_before(trigger: FunctionTrigger) -> None:
    with pytest.raises(ScoredockError) as refused:
        function_app(SMALL, trigger, keys=False)
    assert refused.value.code == "package-export-invalid"


def one_of(**properties: Any) -> dict[str, Any]:
    """An object with these properties and no others; a tuple has the values that one may have."""
    kinds = {name: {"enum": list(each)} if isinstance(each, tuple) else each for name, each in properties.items()}
    return {"type": "object", "properties": kinds, "additionalProperties": False}


TEXT = {"type": "string", "minLength": 1}
IN, OUT = ("in",), ("out",)
METHODS = {"type": "array", "items": {"enum": ["get", "post", "delete", "head", "patch", "put", "options", "trace"]}}
LEVELS = ("anonymous", "function", "admin")
BINDINGS = [
    one_of(type=("httpTrigger",), direction=IN, name=TEXT, route={"type": "string"}, authLevel=LEVELS, methods=METHODS),
    one_of(type=("http",), direction=OUT, name=TEXT),
    one_of(type=("blobTrigger",), direction=IN, name=TEXT, path=TEXT, connection=TEXT),
    one_of(type=("blob",), direction=("in", "out", "inout"), name=TEXT, path=TEXT, connection=TEXT),
    one_of(type=("serviceBusTrigger",), direction=IN, name=TEXT, queueName=TEXT, connection=TEXT),
    one_of(type=("serviceBus",), direction=OUT, name=TEXT, queueName=TEXT, connection=TEXT),
]
FUNCTION_SCHEMAS = {
    "function_app/score/function.json": {
        **one_of(
            scriptFile=TEXT,
            bindings={
                "type": "array",
                "minItems": 1,
                "items": {"oneOf": BINDINGS, "required": ["name", "type", "direction"]},
            },
        ),
        "required": ["bindings"],
    },
    "function_app/host.json": {
        **one_of(
            version=("2.0",),
            extensionBundle=one_of(id=TEXT, version={"type": "string", "pattern": r"^\[[0-9.*]+, [0-9.*]+\)$"}),
            extensions=one_of(http={**one_of(routePrefix={"type": "string"}), "required": ["routePrefix"]}),
        ),
        "required": ["version"],
    },
    "function_app/local.settings.example.json": one_of(
        IsEncrypted={"type": "boolean"}, Values={"type": "object", "additionalProperties": {"type": "string"}}
    ),
}
"""What of the documented schemas of Azure Functions (host.json of version 2, function.json) the app has."""


@pytest.mark.parametrize("keys", [True, False])
@pytest.mark.parametrize("kind", ["http", "blob", "service_bus_queue"])
def test_the_files_of_a_function_are_as_its_host_documents_them(kind: Any, keys: bool) -> None:
    """No host has run them: Microsoft's images cannot be had here."""
    files = function_app(SMALL, FunctionTrigger(kind), keys=keys)
    documents = {name: json.loads(text) for name, text in files.texts.items() if name.endswith(".json")}
    assert documents.keys() == FUNCTION_SCHEMAS.keys()
    for name, document in documents.items():
        jsonschema.validate(document, FUNCTION_SCHEMAS[name])
    bindings = documents["function_app/score/function.json"]["bindings"]
    assert [each["direction"] for each in bindings] == ["in", "out"], "one trigger, and where the answer goes"
    settings = documents["function_app/local.settings.example.json"]["Values"]
    assert {each["connection"] for each in bindings if "connection" in each} <= settings.keys()


def test_nothing_is_overwritten_and_nothing_half_written(tmp_path: Path) -> None:
    file = tmp_path / "there.yaml"
    file.write_text("mine")
    with pytest.raises(ScoredockError) as refused:
        write_file(file, "ours")
    assert refused.value.code == "package-target-not-empty"
    assert file.read_text() == "mine"
    with contextlib.suppress(RuntimeError), new_folder(tmp_path / "new") as folder:
        put(ExportFiles({"a/b": "c"}, "a/b"), folder)
        raise RuntimeError
    assert sorted(each.name for each in tmp_path.iterdir()) == ["there.yaml"]
