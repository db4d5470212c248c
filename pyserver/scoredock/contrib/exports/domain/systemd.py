"""Units of systemd: one for the machine, one for an account without root. They run a packaged folder by its `run.sh`,
or an image by Docker and Podman. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from scoredock.clusters.objects import KEY_DIGESTS, PORT
from scoredock.contrib.exports.domain.packaged_folder import PackagedFolder
from scoredock.contrib.exports.domain.run_script import PORT_VARIABLE, container_words, run_folder
from scoredock.contrib.exports.domain.subject import ExportFiles, ExportSubject, require_dns_name, require_subject
from scoredock.workspace.unattended.timers import unit_word

_STOP = 40
"""Seconds that a container has for the requests under way."""


def systemd_folder(folder: PackagedFolder, subject: ExportSubject) -> ExportFiles:
    """Files for systemd beside a packaged folder and its `run.sh`. Raises ScoredockError `package-export-invalid`."""
    require_dns_name(subject)
    name = subject.name
    run = run_folder(folder, subject.origin, subject.variables)
    service = [
        "Type=exec",
        f"StateDirectory={name}",
        f"Environment={PORT_VARIABLE}={subject.host_port}",
        "Restart=on-failure",
        "RestartSec=5",
        "KillMode=mixed",
        f"TimeoutStopSec={folder.stop_seconds}",
        *_limits(subject),
        "NoNewPrivileges=yes",
    ]
    system = _unit(
        subject,
        _install(subject, f"cp -r FOLDER /opt/{name}", root=True),
        ["Wants=network-online.target", "After=network-online.target"],
        [
            *service,
            f"ExecStart=/opt/{name}/run.sh",
            f"EnvironmentFile=-/etc/{name}.env",
            "DynamicUser=yes",
            "ProtectSystem=strict",
            "ProtectHome=yes",
            "PrivateTmp=yes",
            "PrivateDevices=yes",
            "ProtectKernelTunables=yes",
            "ProtectControlGroups=yes",
            "RestrictSUIDSGID=yes",
        ],
        "multi-user.target",
    )
    user = _unit(
        subject,
        _install(subject, f"cp -r FOLDER ~/{name}", root=False),
        [],
        [*service, f"ExecStart=%h/{name}/run.sh", f"EnvironmentFile=-%h/.config/{name}.env"],
        "default.target",
    )
    main = f"user/{name}.service"
    texts = {**run.texts, f"system/{name}.service": system, main: user}
    return ExportFiles(texts, main, run.fill_in, run.executables)


def systemd_image(subject: ExportSubject) -> ExportFiles:
    """Raises ScoredockError `base-image-invalid`, `package-export-invalid`."""
    require_subject(subject)
    require_dns_name(subject)
    name = subject.name
    words = container_words(subject, f"127.0.0.1:{subject.host_port}:{PORT}", unit_word)
    words[1:1] = ["--name", name]

    def service(engine: str) -> list[str]:
        stop = f"ExecStop={engine} stop --time {_STOP} {name}"
        return [
            "Type=exec",
            f"ExecStart={engine} {' '.join(words)}",
            stop,
            "Restart=on-failure",
            "RestartSec=5",
            f"TimeoutStopSec={_STOP + 10}",
            "TimeoutStartSec=900",
        ]

    system = _unit(
        subject,
        _install(subject, "", root=True),
        ["Requires=docker.service", "Wants=network-online.target", "After=docker.service network-online.target"],
        [*service("/usr/bin/docker"), f"EnvironmentFile=-/etc/{name}.env"],
        "multi-user.target",
    )
    user = _unit(
        subject,
        _install(subject, "", root=False),
        [],
        [*service("/usr/bin/podman"), f"EnvironmentFile=-%h/.config/{name}.env"],
        "default.target",
    )
    main = f"user/{name}.service"
    keys = (KEY_DIGESTS,) if subject.hints.keys else ()
    return ExportFiles({f"system/{name}.service": system, main: user}, main, keys)


def _unit(
    subject: ExportSubject, comments: Sequence[str], unit: Sequence[str], service: Sequence[str], wanted_by: str
) -> str:
    origin = subject.origin or subject.image
    lines = [
        f"# Written by Scoredock from {origin} for systemd.",
        *(f"# {each}" for each in comments),
        "[Unit]",
        f"Description=Scoring service {subject.name}",
        *unit,
        "",
        "[Service]",
        *service,
        "",
        "[Install]",
        f"WantedBy={wanted_by}",
    ]
    return "".join(f"{line}\n" for line in lines)


def _install(subject: ExportSubject, copy: str, *, root: bool) -> list[str]:
    """The commands to type; FOLDER in them is the folder that was written."""
    name = subject.name
    place, control = ("/etc/systemd/system", "systemctl") if root else ("~/.config/systemd/user", "systemctl --user")
    variables = f"/etc/{name}.env" if root else f"~/.config/{name}.env"
    # `-D` makes the folder, which an account has only once it had a unit.
    unit = f"install -D -m 644 FOLDER/{'system' if root else 'user'}/{name}.service {place}/{name}.service"
    steps = [copy, unit, f"{control} enable --now {name}"]
    if not root:
        steps.append("loginctl enable-linger")
    lines = [f"{'As root' if root else 'Without root'}, with FOLDER for this folder: {'; '.join(filter(None, steps))}"]
    if subject.hints.keys:
        lines.append(
            f"Callers need a key. Fill in {variables}, which only you can read: {KEY_DIGESTS}=SHA-256 of each key"
        )
    else:
        lines.append(f"There is nothing to fill in; {variables} may set variables.")
    return lines


def _limits(subject: ExportSubject) -> list[str]:
    lines = []
    resources = subject.hints.resources
    if resources.cpu_limit is not None:
        lines.append(f"CPUQuota={max(1, round(resources.cpu_limit * 100))}%")
    if resources.memory_limit_gb is not None:
        lines.append(f"MemoryMax={max(6, round(resources.memory_limit_gb * 1024))}M")
    return lines
