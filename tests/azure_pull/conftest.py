"""The command line beside a workspace in Azure that a TLS server of ours is, read by the newest azure-ai-ml."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from azure_pull import azure_shelf
from azure_pull.azure_shelf import DOMAIN, FOREIGN, GROUP, SUBSCRIPTION, UNNAMED, WORKSPACE, Blob, Shelf
from azure_pull.login_server import HOST
from certificates import authority, issued
from cli.conftest import Terminal
from migration.conftest import azure_python as azure_python
from migration.conftest import loaded as loaded
from migration.conftest import runtime as runtime
from origins.canaries import leaks_below

HOSTS = f"DNS:management.{DOMAIN},DNS:account.blob.{DOMAIN},DNS:mms.{DOMAIN},DNS:{HOST}"
HOSTS += f",DNS:{FOREIGN},DNS:account.{FOREIGN},DNS:account.blob.{FOREIGN},DNS:{UNNAMED}"


@dataclass
class Puller:
    """`scoredock azure …` in a folder whose config.json names the shelf."""

    shelf: Shelf
    terminal: Terminal
    python: str

    def list(self, *words: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.terminal.json("azure", "list", *words, "--python", self.python)["items"]
        return items

    def pull(self, *words: str) -> dict[str, Any]:
        """The report of a pull that fetched everything."""
        report = self.ended(*words)
        assert [each for each in report["outcomes"] if each["result"] == "failed"] == []
        return report

    def ended(self, *words: str) -> dict[str, Any]:
        """The report of one that came to its end, whatever did not come."""
        done = self.terminal.run("azure", "pull", *words, "--python", self.python, "--json")
        assert done.stdout, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        assert done.returncode == (1 if any(each["result"] == "failed" for each in report["outcomes"]) else 0)
        assert report["pending"] == []
        return report

    def refused(self, *words: str) -> dict[str, Any]:
        return self.terminal.refused("azure", "pull", *words, "--python", self.python)

    def digests(self) -> dict[str, str]:
        """`name:version` → the digest over all its files, of every version."""
        return {
            each["id"]: each["digest"] for each in self.terminal.json("model", "list", "--limit", "100000")["models"]
        }

    def show(self, model: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.terminal.json("model", "show", model)["model"]
        return shown

    def is_process_of(self, words: list[str] | None) -> bool:
        """Whether a process speaks to Azure for this data folder."""
        return bool(words) and "azure_process" in " ".join(words) and str(self.terminal.home) in " ".join(words)

    def secrets(self, *places: Path) -> list[str]:
        """Files below the places that hold a secret of the account, in whatever form."""
        return [leak for place in places for secret in azure_shelf.SECRETS for leak in leaks_below(place, secret)]


def digest(files: Mapping[str, Blob | bytes]) -> str:
    """As a registered version with these files has it."""
    sums = {
        path: (blob.digest("sha256") if isinstance(blob, Blob) else hashlib.sha256(blob).hexdigest())
        for path, blob in files.items()
    }
    return hashlib.sha256("".join(f"{sums[path]}  {path}\n" for path in sorted(sums)).encode()).hexdigest()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    folder = tmp_path_factory.mktemp("authority")
    return (folder, *issued(folder, authority(folder), HOSTS))


@pytest.fixture
def puller(tmp_path: Path, certificate: tuple[Path, Path, Path], azure_python: Path) -> Iterator[Puller]:
    folder = tmp_path / "project"
    folder.mkdir()
    config = {"subscription_id": SUBSCRIPTION, "resource_group": GROUP, "workspace_name": WORKSPACE}
    (folder / "config.json").write_text(json.dumps(config))
    with azure_shelf.serving(*certificate) as (shelf, variables):
        yield Puller(shelf, Terminal(tmp_path / "home", folder, env=variables), str(azure_python))
