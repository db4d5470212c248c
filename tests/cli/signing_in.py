"""Programs that sign in at a cluster and leave a mark, and what a terminal shows before it lets them."""

from __future__ import annotations

import json
import os
import pty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from cli.conftest import SECONDS, Terminal
from kubeconfigs import NOBODY, write_kubeconfig

V1 = "client.authentication.k8s.io/v1"
SECRET = "canary-of-a-secret"
ATTACH = ("compute", "attach", "aks", "--context", "prod", "--namespace", "models")
LISTING = (("compute", "list"), ("compute", "show", "aks"), ("compute", "check", "aks"), ("service", "list"))


class Login:
    """The program of a kubeconfig, and whether it ran since somebody looked."""

    def __init__(self, terminal: Terminal) -> None:
        self.kubeconfig = terminal.folder / "kubeconfig"
        self.mark = terminal.folder / "ran"
        self.program = terminal.folder / "login"
        self.write(self.program)
        user = {
            "apiVersion": V1,
            "command": "./login",
            "interactiveMode": "Never",
            "args": ["--one", f"--token={SECRET}"],
            "env": [{"name": "LOGIN_PASSWORD", "value": SECRET}],
        }
        write_kubeconfig(self.kubeconfig, {"prod": NOBODY}, {"exec": user})

    def write(self, program: Path) -> None:
        answer = {"kind": "ExecCredential", "apiVersion": V1, "status": {"token": "of-the-program"}}
        program.write_text(f"#!/bin/sh\nenv > {self.mark}\ncat <<END\n{json.dumps(answer)}\nEND\n")
        program.chmod(0o755)

    def change(self, change: Callable[[dict[str, Any], dict[str, Any]], object]) -> None:
        """Of the cluster and of what signs in."""
        document = yaml.safe_load(self.kubeconfig.read_text())
        change(document["clusters"][0]["cluster"], document["users"][0]["user"])
        self.kubeconfig.write_text(yaml.safe_dump(document))

    def variables(self) -> list[str]:
        """The names of those that it had."""
        return [line.partition("=")[0] for line in self.mark.read_text().splitlines()]

    @property
    def ran(self) -> bool:
        there = self.mark.exists()
        self.mark.unlink(missing_ok=True)
        return there


def states(terminal: Terminal) -> dict[str, str]:
    return {each["name"]: each["state"] for each in terminal.json("compute", "list")["targets"]}


def answered(terminal: Terminal, answer: str, *words: str) -> tuple[str, int]:
    """What a terminal shows when a person answers its question."""
    ours, theirs = pty.openpty()
    try:
        process = terminal.start_on(theirs, *words)
        os.close(theirs)
        text = ""
        with suppress(OSError):  # the last who had the terminal has ended
            while part := os.read(ours, 4096).decode("utf-8", "replace"):
                text += part
                if answer and "[y/N]" in text:
                    os.write(ours, f"{answer}\n".encode())
                    answer = ""
        return text, process.wait(SECONDS)
    finally:
        os.close(ours)
