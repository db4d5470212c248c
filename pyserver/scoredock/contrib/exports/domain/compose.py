"""An image as a file of Docker Compose, as its specification has it (without `version`). Pure."""

from __future__ import annotations

from typing import Any

from scoredock.clusters.objects import KEY_DIGESTS, PORT
from scoredock.contrib.exports.domain.subject import (
    ExportFiles,
    ExportSubject,
    head,
    key_lines,
    require_dns_name,
    require_subject,
    to_yaml,
)
from scoredock.images.built import INTERPRETER
from scoredock.packaging.package import HEALTH_INTERVAL, HEALTH_RETRIES, HEALTH_START, HOST_PORT, health_check
from scoredock_runtime.contract import ALLOWED_HOSTS

FILE = "compose.yaml"


def compose_export(subject: ExportSubject) -> ExportFiles:
    """Raises ScoredockError `base-image-invalid`, `package-export-invalid`."""
    require_subject(subject)
    require_dns_name(subject)
    given = {ALLOWED_HOSTS: f"localhost,{subject.name}", **subject.variables}
    # A dollar sign begins a variable of whoever runs it; two are one.
    environment = {name: value.replace("$", "$$") for name, value in sorted(given.items())}
    if subject.hints.keys:
        environment[KEY_DIGESTS] = f"${{{KEY_DIGESTS}:?the SHA-256 of each key, separated by commas}}"
    service: dict[str, Any] = {
        "image": subject.image,
        "init": True,
        "restart": "unless-stopped",
        "ports": [f"127.0.0.1:{HOST_PORT if subject.host_port == PORT else subject.host_port}:{PORT}"],
        "environment": environment,
        "healthcheck": {
            "test": ["CMD", *health_check(INTERPRETER)],
            "interval": f"{HEALTH_INTERVAL}s",
            "timeout": "5s",
            "start_period": f"{HEALTH_START}s",
            "retries": HEALTH_RETRIES,
        },
        "read_only": True,
        "tmpfs": ["/tmp"],  # noqa: S108 (in the container)
        "volumes": [{"type": "volume", "source": "state", "target": "/var/scoredock"}],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
    }
    service.update(_limits(subject))
    document = {"services": {subject.name: service}, "volumes": {"state": {}}}
    lines = [
        *key_lines(subject, "in the environment of the command, or in a file .env beside this one."),
        "It is reached from this machine only; another address before the first port opens it to others.",
    ]
    return ExportFiles(
        {FILE: head(subject, f"docker compose --file {FILE} up", lines) + to_yaml(document)},
        FILE,
        (KEY_DIGESTS,) if subject.hints.keys else (),
    )


def _limits(subject: ExportSubject) -> dict[str, Any]:
    """Limits from the deployment configuration."""
    limits: dict[str, Any] = {}
    resources = subject.hints.resources
    if resources.cpu_limit is not None:
        limits["cpus"] = round(resources.cpu_limit, 3)
    if resources.memory_limit_gb is not None:
        limits["mem_limit"] = f"{max(6, round(resources.memory_limit_gb * 1024))}m"
    return limits
