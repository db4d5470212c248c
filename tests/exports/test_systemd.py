"""The units that a service is exported as, in a machine that systemd has booted: installed by the commands that their
first lines give, as root and by an account that is not root."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from cli.conftest import Terminal
from interpreters import CACHE
from pace import patience
from packages.test_running import answers, ask
from parts import missing
from ports import free_port

from .test_exported_services import PYTHON, expected, terminal  # noqa: F401 (fixtures)

PACKAGES = "systemd-sysv,dbus,dbus-user-session,libpam-systemd,polkitd,python3,python3-venv,ca-certificates"
EXPORT, WHEELS, ACCOUNT = Path("/srv/export"), Path("/srv/wheels"), "tester"
"""In the machine."""
NAME = "prices"


@contextmanager
def booted(*binds: str) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Runs a command in a machine of its own, whose disk forgets all at its end; network and clock are of this one."""
    nspawn = shutil.which("systemd-nspawn") or missing("systemd-nspawn")
    if os.geteuid() != 0:
        missing("root, who may boot a machine")
    command = [nspawn, "--quiet", "--boot", "--register=no", "--keep-unit", "--volatile=overlay", f"-D{_root()}"]
    with tempfile.TemporaryFile() as log:
        machine = subprocess.Popen(
            [*command, "--console=passive", *(f"--bind-ro={each}" for each in binds)], stdout=log, stderr=log
        )

        def said() -> str:
            log.seek(0)
            return log.read().decode(errors="replace")

        def run(*words: str) -> subprocess.CompletedProcess[str]:
            enter = ["nsenter", "--target", str(_leader(machine.pid)), "--all"]
            environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
            return subprocess.run(
                [*enter, *words], capture_output=True, text=True, env=environment, timeout=patience(60), check=False
            )

        try:
            deadline = time.monotonic() + patience(60)
            while _leader(machine.pid) is None or run("systemctl", "is-active", "dbus").stdout.strip() != "active":
                assert machine.poll() is None, said()
                assert time.monotonic() < deadline, said()
                time.sleep(0.2)
            yield run
        finally:
            machine.send_signal(signal.SIGTERM)  # an orderly end, as by `poweroff`
            machine.wait(patience(60))


def _leader(nspawn: int) -> int | None:
    """The first process of the machine, as it is named here."""
    for children in Path(f"/proc/{nspawn}/task").glob("*/children"):
        for child in children.read_text().split():
            for inner in (child, *Path(f"/proc/{child}/task/{child}/children").read_text().split()):
                lines = Path(f"/proc/{inner}/status").read_text().splitlines()
                namespaces = next(line for line in lines if line.startswith("NSpid:")).split()[1:]
                if len(namespaces) > 1 and namespaces[-1] == "1":
                    return int(inner)
    return None


def _root() -> Path:
    """A Debian with systemd, made once per machine."""
    place = CACHE / f"systemd-bookworm-{hashlib.sha256(PACKAGES.encode()).hexdigest()[:8]}"
    with FileLock(f"{place}.lock", timeout=900):
        if not place.exists():
            debootstrap = shutil.which("debootstrap") or missing("debootstrap")
            with tempfile.TemporaryDirectory(dir=CACHE, prefix="systemd-") as folder:
                command = [debootstrap, "--variant=minbase", f"--include={PACKAGES}", "bookworm", f"{folder}/root"]
                done = subprocess.run(command, capture_output=True, text=True, timeout=patience(600), check=False)
                if done.returncode:
                    missing(f"a Debian with systemd: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
                subprocess.run(["chroot", f"{folder}/root", "useradd", "--create-home", ACCOUNT], check=True)
                (Path(folder) / "root").rename(place)
    return place


def _steps(unit: Path, account: str) -> str:
    """The commands that the first lines of a unit give to whom it is for."""
    line = next(line for line in unit.read_text().splitlines() if line.startswith(f"# {account}, with FOLDER"))
    return line.partition(": ")[2].replace("FOLDER", str(EXPORT)).replace("; ", " && ")


@pytest.mark.long("the units are verified, and their command runs as another account, at the gate")
@pytest.mark.timeout(1200)
def test_a_machine_that_boots_runs_both_units_and_they_answer_like_the_service(
    terminal: Terminal,  # noqa: F811
    expected: dict[str, Any],  # noqa: F811
    tmp_path: Path,
) -> None:
    export, wheels = tmp_path / "export", tmp_path / "wheels"
    terminal.ok("service", "export", "systemd", NAME, "--to", str(export))
    folder = ["--no-deps", "--dest", str(wheels), "--requirement", str(export / "requirements.txt")]
    subprocess.run([PYTHON, "-m", "pip", "download", "--quiet", *folder], check=True, timeout=patience(300))
    of_system, of_account = free_port(), free_port()
    with booted(f"{export}:{EXPORT}", f"{wheels}:{WHEELS}") as run:

        def done(*words: str) -> str:
            made = run(*words)
            assert made.returncode == 0, made.stderr
            return made.stdout

        def variables(port: int, path: str) -> str:
            lines = f"PIP_NO_INDEX=1\nPIP_FIND_LINKS={WHEELS}\nSCOREDOCK_PORT={port}\n"
            return f"mkdir -p $(dirname {path}) && printf %s {shlex.quote(lines)} > {path}"

        session = (
            "systemd-run",
            "--quiet",
            "--pipe",
            "--wait",
            f"--property=User={ACCOUNT}",
            "--property=PAMName=login",
        )
        done("sh", "-c", variables(of_system, f"/etc/{NAME}.env"))
        done("sh", "-c", _steps(export / f"system/{NAME}.service", "As root"))
        steps = _steps(export / f"user/{NAME}.service", "Without root")
        done(*session, "sh", "-c", f"{variables(of_account, f'~/.config/{NAME}.env')} && {steps}")
        for port, journal in ((of_system, ["journalctl"]), (of_account, [*session, "journalctl", "--user"])):
            deadline = time.monotonic() + patience(200)
            while not _is_ready(port):
                assert time.monotonic() < deadline, run(*journal, "--no-pager", "--lines=60").stdout
                time.sleep(0.2)
            assert answers(port) == expected
        # One that is killed starts again.
        done("systemctl", "kill", "--signal=KILL", NAME)
        deadline = time.monotonic() + patience(60)
        while done("systemctl", "show", "--property=NRestarts", "--value", NAME).strip() == "0" or not _is_ready(
            of_system
        ):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert answers(of_system) == expected
        assert run("systemctl", "is-enabled", NAME).stdout.strip() == "enabled"
        done("systemctl", "stop", NAME)
        assert not _is_ready(of_system)
        assert _is_ready(of_account)


def _is_ready(port: int) -> bool:
    try:
        return ask(port, "GET", "/ready", "", {})[0] == 200
    except OSError:
        return False
