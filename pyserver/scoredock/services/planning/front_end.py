"""Settings of the front end from a deployment configuration, with notes on those that have no meaning on this machine.
Pure.

The file drives: what stands in it holds here as it did in the cloud, and so do the defaults that a client notices
(on AKS: keys, and 60 seconds for an answer). One default does not: AKS lets a container work on one request at a time
because its autoscaler adds containers when they are busy. Nothing adds them for that here, so that limit holds only
when the file gives it. What is said of a service in a cluster is in cluster_notes.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.engines.front_end import PATIENT, FrontEnd
from scoredock.errors import Place, ScoredockError
from scoredock.formats.deployment_fields import FIELDS, READINESS, is_held, is_without_certificate
from scoredock.formats.fields import find
from scoredock.late_dataclass import dataclass
from scoredock.services.planning.cluster_notes import cluster_notes
from scoredock_runtime.contract import Liveness, Readiness

if TYPE_CHECKING:
    from scoredock.deploy_options import Auth
    from scoredock.formats.deployment import DeploymentConfig
    from scoredock.service import Authenticated

OF_OPTIONS = "deploymentconfig"
"""What messages call a configuration that no file holds."""

_AKS = ("aks", "aksendpoint")
_AKS_TIMEOUT = 60.0
_AKS_QUEUE_WAIT = 0.5
_PROBE = "livenessProbeRequirements"
_MISSES = 30
"""After which a worker gets no requests, where a readiness probe of v2 does not say it."""
_MOST_WORKERS = 64
_UP = 6
"""Folders above the configuration in which a certificate is looked for, as the checks do."""

_OF_V2 = (".yml", ".yaml")
"""Endings of the files of Azure ML v2; configurations of v1 are JSON."""
_OF_CONTAINERS = ("containerResourceRequirements", "gpuCores", "container")
"""Keys that only a service in a container can obey."""
_OF_MACHINES = _OF_CONTAINERS[:2]
_MACHINES = re.compile(r"^(instance_type|resources)[ \t]*:", re.MULTILINE)
"""Keys of v2 that these come from."""


def _no_meaning() -> dict[str, str]:
    """Keys that mean nothing on this machine, in words."""
    return {
        "container": l10n.t("protection of the container"),
        "containerResourceRequirements": l10n.t("resources"),
        "gpuCores": "GPUs",
        "autoScaler": l10n.t("autoscaling"),
        "location": l10n.t("region"),
        "dnsNameLabel": l10n.t("host name"),
        "vaultBaseUrl": l10n.t("key vault"),
        "vnetName": l10n.t("virtual network"),
        "namespace": l10n.t("namespace"),
        "computeTargetName": l10n.t("cluster"),
        "trafficPercentile": l10n.t("traffic share"),
    }


@dataclass(frozen=True, slots=True)
class GivenKeys:
    """Keys that stand in the file. They go to the service's own file and nowhere else."""

    primary: str = field(default="", repr=False)
    secondary: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FrontEndRequest:
    """Front end, keys and notes that were read from a deployment configuration."""

    front: FrontEnd = field(default_factory=FrontEnd)
    keys: GivenKeys = field(default_factory=GivenKeys)
    notes: tuple[str, ...] = ()


_BY_HAND: Mapping[Auth, Authenticated] = {"": "", "keys": "keys", "tokens": "tokens", "none": ""}


def front_end_without_file(auth: Auth) -> FrontEndRequest:
    """Front end of a deployment without a configuration."""
    return FrontEndRequest(FrontEnd(authentication=_BY_HAND[auth]))


def front_end_of(
    config: DeploymentConfig,
    path: Path,
    *,
    contained: bool = False,
    cluster: str = "",
    auth: Auth = "",
    source: str = "",
) -> FrontEndRequest:
    """Front end by a configuration that was read from `path`, for a service in a container, in a process, or on the
    compute target `cluster`; `auth` takes precedence. `source` is the text of a file of v2. Raises ScoredockError
    `file-not-found` for a certificate."""
    values = {name: value for name, value in config.fields.items() if _is_read(name, config.compute_type)}
    aks = config.compute_type in _AKS
    authentication = _BY_HAND[auth] if auth else _authentication(values, default="keys" if aks else "")
    concurrent = _whole(values, "maxConcurrentRequestsPerContainer")
    wait = _seconds(values, "maxQueueWaitMs")
    if concurrent or wait:
        concurrent, wait = concurrent or 1, wait or _AKS_QUEUE_WAIT
    timeout = _seconds(values, "scoringTimeoutMs") or (_AKS_TIMEOUT if aks else 0.0)
    certificate, key = ("", "") if is_without_certificate(values, config.compute_type) else _certificate(values, path)
    replicas = _whole(values, "numReplicas")
    front = FrontEnd(
        authentication=authentication,
        worker_count=min(replicas, _MOST_WORKERS) or 1,
        max_concurrent_requests=concurrent,
        max_queue_wait=wait,
        scoring_timeout=timeout,
        certificate=certificate,
        certificate_key=key,
        liveness=_liveness(values, cloud=aks),
        readiness=_readiness(values),
        collect_data=values.get("dataCollection.storageEnabled") is True,
        telemetry=values.get("appInsightsEnabled") is True,
    )
    primary, secondary = values.get("keys.primaryKey"), values.get("keys.secondaryKey")
    keys = GivenKeys(
        primary if isinstance(primary, str) else "", secondary if isinstance(secondary, str) and primary else ""
    )
    has_no_file = path.name == OF_OPTIONS
    name = l10n.t("the settings") if has_no_file else path.name
    notes: Iterable[str] = ()
    if cluster:
        notes = cluster_notes(config, name, cluster, _of_front(front, auth))
    elif config.compute_type != "local":
        idle = _idle(config, source, contained=contained)
        notes = _notes(config, name, _of_front(front, auth), replicas, idle, contained=contained)
    return FrontEndRequest(front, keys, tuple(notes))


def _is_read(name: str, target: str) -> bool:
    """True if a key counts for a compute type: those of another are passed over, as in v1."""
    top = name.partition(".")[0]
    known = find(FIELDS, top)
    if known is None:
        return top == READINESS
    return not known.targets or target in known.targets or is_held(top, target)


def _authentication(values: Mapping[str, object], default: Authenticated) -> Authenticated:
    if values.get("tokenAuthEnabled") is True:
        return "tokens"
    asked = values.get("authEnabled")
    if asked is True:
        return "keys"
    return "" if asked is False else default


def _certificate(values: Mapping[str, object], path: Path) -> tuple[str, str]:
    if values.get("sslEnabled") is not True:
        return "", ""
    paths = []
    for name in ("sslCertificate", "sslKey"):
        file_name = values.get(name)
        if not isinstance(file_name, str) or not file_name:
            raise ScoredockError(
                "deploy-input-missing",
                l10n.t("sslEnabled needs {key} in {file}.", key=name, file=path.name),
                place=Place(str(path)),
            )
        folders = (path.parent, *path.parent.parents)[:_UP]
        candidates = [folder / file_name for folder in folders]
        there = next((each for each in candidates if each.is_file()), None)
        if there is None:
            raise ScoredockError(
                "file-not-found",
                l10n.t("The file {path} ({key}) does not exist.", path=candidates[0], key=name),
                place=Place(str(path)),
            )
        paths.append(str(there))
    return paths[0], paths[1]


def _liveness(values: Mapping[str, object], *, cloud: bool) -> Liveness:
    if not cloud and not any(name.startswith(_PROBE) for name in values):
        return PATIENT
    usual = Liveness()
    return Liveness(
        period=float(_whole(values, f"{_PROBE}.periodSeconds") or usual.period),
        initial_delay=float(_whole(values, f"{_PROBE}.initialDelaySeconds") or usual.initial_delay),
        timeout=float(_whole(values, f"{_PROBE}.timeoutSeconds") or usual.timeout),
        success_threshold=_whole(values, f"{_PROBE}.successThreshold") or usual.success_threshold,
        failure_threshold=_whole(values, f"{_PROBE}.failureThreshold") or usual.failure_threshold,
    )


def _readiness(values: Mapping[str, object]) -> Readiness:
    if not any(name.startswith(READINESS) for name in values):
        return Readiness()
    usual = Readiness()
    delay = values.get(f"{READINESS}.initialDelaySeconds", usual.initial_delay)
    return Readiness(
        period=float(_whole(values, f"{READINESS}.periodSeconds") or usual.period),
        initial_delay=float(delay) if isinstance(delay, int | float) and delay >= 0 else usual.initial_delay,
        timeout=float(_whole(values, f"{READINESS}.timeoutSeconds") or usual.timeout),
        success_threshold=_whole(values, f"{READINESS}.successThreshold") or usual.success_threshold,
        failure_threshold=_whole(values, f"{READINESS}.failureThreshold") or _MISSES,
    )


def _of_front(front: FrontEnd, auth: Auth) -> list[str]:
    """Settings that callers notice, in words; what they show only if the configuration decides that."""
    limits = (
        (l10n.t("keys"), front.authentication == "keys" and not auth),
        (l10n.t("tokens"), front.authentication == "tokens" and not auth),
        ("TLS", bool(front.certificate)),
        (l10n.t("a response within {seconds:g} s", seconds=front.scoring_timeout), bool(front.scoring_timeout)),
        (
            l10n.t("{count} requests at a time", count=front.max_concurrent_requests),
            bool(front.max_concurrent_requests),
        ),
        (l10n.t("the readiness probe"), front.readiness.failure_threshold > 0),
        (l10n.t("data collection"), front.collect_data),
        (l10n.t("OpenTelemetry in place of Application Insights"), front.telemetry),
    )
    return [words for words, is_on in limits if is_on]


def _idle(config: DeploymentConfig, source: str, *, contained: bool) -> list[str]:
    """What is not used, in words; of machines the keys that a file of v2 has."""
    given = {name.partition(".")[0] for name, value in config.fields.items() if value not in (None, False)}
    machine = ", ".join(dict.fromkeys(_MACHINES.findall(source)))
    words = _no_meaning()
    words |= dict.fromkeys(_OF_MACHINES, machine) if machine else {}
    idle = [words[name] for name in words if name in given and not (contained and name in _OF_CONTAINERS)]
    return list(dict.fromkeys(idle))


def _notes(
    config: DeploymentConfig, file: str, honoured: list[str], replicas: int, idle: list[str], *, contained: bool
) -> list[str]:
    if replicas > 1:
        honoured.append(l10n.t("{count} workers", count=min(replicas, _MOST_WORKERS)))
    target = config.compute_type
    notes = [
        l10n.t("{file} is for {target}; the service runs in a container on this machine.", file=file, target=target)
        if contained
        else l10n.t("{file} is for {target}; the service runs as a process on this machine.", file=file, target=target)
    ]
    if file.endswith(_OF_V2):  # a deployment of v2 names no such target
        notes = []
    elif file == l10n.t("the settings"):
        notes = [
            l10n.t("The service is one for {target}, and runs in a container on this machine.", target=target)
            if contained
            else l10n.t("The service is one for {target}, and runs as a process on this machine.", target=target)
        ]
    if is_without_certificate(config.fields, target) and config.fields.get("sslEnabled") is True:
        notes.append(
            l10n.t(
                "sslEnabled of {file} has no certificate, and Azure ML ignores it for {target}: the port speaks HTTP.",
                file=file,
                target=target,
            )
        )
    if honoured:
        notes.append(
            l10n.t("Used from {file}, defaults included: {settings}.", file=file, settings=", ".join(honoured))
        )
    if idle:
        notes.append(l10n.t("Not used from {file}: {settings}.", file=file, settings=", ".join(idle)))
    if replicas > _MOST_WORKERS:
        notes.append(
            l10n.t(
                "{replicas} replicas are too many for one machine; {workers} are started.",
                replicas=replicas,
                workers=_MOST_WORKERS,
            )
        )
    return notes


def _whole(values: Mapping[str, object], name: str) -> int:
    value = values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _seconds(values: Mapping[str, object], name: str) -> float:
    return _whole(values, name) / 1000
