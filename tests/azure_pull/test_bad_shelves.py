"""What goes wrong in Azure and here: nothing is half there, the cause is told, and what can go on does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from azure_pull.azure_shelf import DOMAIN, ROOT, Blob, seeded
from azure_pull.conftest import Puller, digest
from azure_pull.test_kinds import add_prices


def codes(report: dict[str, object]) -> dict[str, str]:
    outcomes: list[dict[str, str]] = report["outcomes"]  # type: ignore[assignment]
    return {each["key"]: each["code"] or each["result"] for each in outcomes}


def test_a_token_that_ends_in_the_middle_is_renewed(puller: Puller) -> None:
    """Each token holds for a second, and the signature of the storage is refused once."""
    puller.shelf.token_seconds, puller.shelf.no_sas, puller.shelf.page = 1.0, True, 2
    expected = {}
    for number in range(12):
        files = {"model.bin": seeded(str(number), 400_000)}
        puller.shelf.add_model(f"m{number}", "1", files)
        expected[f"m{number}:1"] = digest(files)
    puller.shelf.pause = 0.02
    puller.pull("model:*")
    assert puller.digests() == expected
    assert len(puller.shelf.tokens) > 2


def test_a_token_that_is_revoked_is_renewed(puller: Puller) -> None:
    puller.shelf.add_model("m", "1", {"model.bin": b"m"})
    refused: list[str] = []
    accepts = puller.shelf.accepts

    def once(authorization: str) -> bool:
        if len(puller.shelf.log) > 14 and not refused:
            refused.append(authorization)
            puller.shelf.tokens.clear()
        return accepts(authorization)

    puller.shelf.accepts = once  # type: ignore[method-assign]
    puller.pull("model:m")
    assert refused
    assert puller.digests() == {"m:1": digest({"model.bin": b"m"})}


def test_files_that_are_gone_or_not_allowed(puller: Puller) -> None:
    shelf = puller.shelf
    shelf.add_model("gone", "1", {}, tail="model")
    shelf.add_model("forbidden", "1", {"model": Blob(b"x", refusal=(403, "AuthorizationPermissionMismatch"))})
    shelf.add_model("vanished", "1", {"model/a": b"a", "model/b": Blob(b"x", refusal=(404, "BlobNotFound"))})
    shelf.add_model("elsewhere", "1", {}, uri="azureml://registries/azureml/models/x/versions/1")
    shelf.add_model("nowhere", "1", {}, uri="")
    shelf.add_model("climbing", "1", {"model/../../../escaped": b"x"}, tail="model")
    shelf.add_model("wrong", "1", {"model": Blob(b"as it is", etag='"0x7"')})
    shelf.add_model("good", "1", {"model": b"good"})
    report = puller.ended("model:*")
    assert codes(report) == {
        "model:gone:1": "gone",
        "model:forbidden:1": "forbidden",
        "model:vanished:1": "gone",
        "model:elsewhere:1": "location",
        "model:nowhere:1": "location-missing",
        "model:climbing:1": "path",
        "model:wrong:1": "registered",
        "model:good:1": "registered",
    }
    text = Path(report["report"]).read_text()
    assert "What did not come" in text
    assert all(each["message"].endswith(".") for each in report["outcomes"] if each["code"])
    assert not list(puller.terminal.home.parent.rglob("escaped"))
    shelf.add_blob("files/LocalUpload/gone-1/model", b"back again")
    again = puller.ended()
    assert codes(again)["model:gone:1"] == "registered"
    assert codes(again)["model:forbidden:1"] == "forbidden"
    assert puller.digests()["gone:1"] == digest({"model": b"back again"})


def test_addresses_of_older_days(puller: Puller) -> None:
    shelf = puller.shelf
    host = f"account.blob.{DOMAIN}:{shelf.port}"
    places = {
        "blob-url": (
            f"https://{host}/azureml/ExperimentRun/dcid.r1/outputs/a.pkl",
            "azureml/ExperimentRun/dcid.r1/outputs/a.pkl",
        ),
        "with-sas": (f"https://{host}/other/a.pkl?sv=1&sig=SECRETSIGNATURE", "other/a.pkl"),
        "wasbs": (f"wasbs://files@{host}/old/a.pkl", "files/old/a.pkl"),
        "short": ("azureml://datastores/workspaceblobstore/paths/short/a.pkl", "files/short/a.pkl"),
        "of-run": (
            "azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.r2/a.pkl",
            "azureml/ExperimentRun/dcid.r2/a.pkl",
        ),
        "runs": ("runs:/r3/outputs/a.pkl", "azureml/ExperimentRun/dcid.r3/outputs/a.pkl"),
        "job": ("azureml://jobs/r4/outputs/artifacts/paths/a.pkl", "azureml/ExperimentRun/dcid.r4/a.pkl"),
        "artifact": ("aml://artifactId/ExperimentRun/dcid.r5/a.pkl", "azureml/ExperimentRun/dcid.r5/a.pkl"),
    }
    for name, (uri, blob) in places.items():
        shelf.add_model(name, "1", {}, uri=uri)
        shelf.add_blob(blob, name.encode())
    puller.pull("model:*")
    assert puller.digests() == {f"{name}:1": digest({"a.pkl": name.encode()}) for name in places}
    assert puller.secrets(puller.terminal.home, puller.terminal.folder) == []


def test_names_archived_versions_and_what_is_here_already(puller: Puller) -> None:
    shelf, terminal = puller.shelf, puller.terminal
    shelf.add_model("a model (1)", "1", {"model": b"one"})
    shelf.add_model("here", "4", {"model": b"the same"})
    shelf.add_model("other", "1", {"model": b"of Azure"})
    shelf.add_model("old", "1", {"model": b"archived"}, isArchived=True)
    shelf.add_model("old", "2", {"model": b"active"})
    shelf.add_model("old", "10", {"model": b"newest"})
    (terminal.folder / "model").write_bytes(b"the same")
    terminal.ok("model", "register", "model", "--name", "here")
    (terminal.folder / "model").write_bytes(b"of this machine")
    terminal.ok("model", "register", "model", "--name", "other")
    offered = {each["key"]: each["here"] for each in puller.list()}
    assert offered["model:a model (1):1"] == "a-model-1"
    assert "model:old:1" not in offered
    report = puller.pull("model:*", "--archived", "--rename", "here=here")
    found = {each["key"]: (each["result"], each["here"], each["notes"]) for each in report["outcomes"]}
    assert found == {
        "model:a model (1):1": ("registered", "a-model-1:1", ["“a model (1)” is not a valid name here"]),
        "model:here:4": ("present", "here:1", []),
        "model:other:1": ("registered", "other:2", ["version 1 in Azure"]),
        "model:old:1": ("registered", "old:1", ["archived in Azure"]),
        "model:old:2": ("registered", "old:2", []),
        "model:old:10": ("registered", "old:3", ["version 10 in Azure"]),
    }
    before = len([path for method, path in shelf.log if path.startswith("account") and path.endswith("model")])
    again = puller.pull("model:*")
    assert {each["result"] for each in again["outcomes"]} == {"present"}
    # What came from there is known by the listing alone; the file that was here before is compared.
    after = [path for method, path in shelf.log if path.startswith("account") and path.endswith("model")][before:]
    assert after == ["account/files/LocalUpload/here-4/model"]


@pytest.mark.long("a minute; the gate has a model of a few files")
@pytest.mark.timeout(600)
def test_a_model_of_ten_thousand_files(puller: Puller) -> None:
    files = {f"model/{number % 100:02}/{number}.txt": str(number).encode() for number in range(10_000)}
    puller.shelf.add_model("many", "1", files)
    puller.pull("model:many")
    assert puller.digests() == {"many:1": digest(files)}


def test_a_disk_that_fills_up(puller: Puller, require: object, tmp_path: Path) -> None:
    """The data folder is on a file system of 24 MB; with more room it goes on."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], capture_output=True, text=True
    )
    require(mounted.returncode == 0, f"a file system of its own: {mounted.stderr}")  # type: ignore[operator]
    try:
        puller.terminal.home = disk / "home"
        small, large = {"model.bin": seeded("small", 900_000)}, {"model.bin": seeded("large", 15_000_000)}
        puller.shelf.add_model("a-small", "1", small)
        puller.shelf.add_model("b-large", "1", large)
        assert puller.refused("model:*")["code"] == "disk-full"
        assert set(puller.digests()) <= {"a-small:1"}
        subprocess.run(["mount", "-o", "remount,size=90m", str(disk)], check=True)
        puller.pull()
        assert puller.digests() == {"a-small:1": digest(small), "b-large:1": digest(large)}
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_azure_is_only_read(puller: Puller) -> None:
    add_prices(puller.shelf)
    puller.list()
    puller.pull("online-endpoint:*")
    posted = {path for method, path in puller.shelf.log if method not in ("GET", "HEAD")}
    assert posted == {f"management{ROOT}/datastores/workspaceblobstore/listSecrets"}
    assert puller.shelf.unknown == []


def test_an_interpreter_without_the_library(puller: Puller, tmp_path: Path) -> None:
    puller.python = sys.executable
    refusal = puller.refused("model:*")
    assert refusal["code"] == "azure-package-missing"
    assert f"{sys.executable} -m pip install azure-ai-ml azure-identity" in refusal["fix"]
    assert puller.shelf.log == []


def test_what_cannot_be_asked(puller: Puller) -> None:
    terminal = puller.terminal
    assert puller.refused()["code"] == "azure-nothing-chosen"
    assert puller.refused("models")["code"] == "azure-choice-invalid"
    assert puller.refused("model:none")["code"] == "azure-choice-invalid"
    assert terminal.refused("azure", "report")["code"] == "azure-pull-missing"
    missing = puller.refused("model:*", "--azure-workspace", "another")
    assert missing["code"] == "azure-workspace-missing"
    puller.shelf.add_model("m", "1", {"model": b"m"})
    assert puller.refused("model:m", "--rename", "other=x")["code"] == "azure-choice-invalid"
    assert puller.refused("model:m", "--rename", "m=not valid")["code"] == "model-name-invalid"
    (terminal.folder / "config.json").unlink()
    assert puller.refused("model:*", "-w", "local")["code"] == "azure-workspace-unknown"
    assert puller.digests() == {}


def test_signing_in_fails(puller: Puller) -> None:
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER"):
        puller.terminal.env.pop(name)
    puller.terminal.env |= {"PATH": "/nowhere", "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"}
    refusal = puller.refused("model:*")
    assert refusal["code"] == "azure-sign-in-failed"
    assert "az login" in refusal["fix"]


def test_two_pulls_at_once(puller: Puller) -> None:
    puller.shelf.add_model("m", "1", {"model": seeded("m", 3_000_000)})
    puller.shelf.pause = 0.1
    first = puller.terminal.start("azure", "pull", "model:m", "--python", puller.python, "--json")
    try:
        while not any(path.startswith("account") for _, path in puller.shelf.log):
            os.sched_yield()
        assert puller.refused("model:m")["code"] == "azure-pull-running"
        puller.shelf.pause = 0.0
    finally:
        output, _ = first.communicate(timeout=300)
    assert json.loads(output)["pending"] == []


def test_a_plan_or_journal_that_is_damaged(puller: Puller) -> None:
    puller.shelf.add_model("m", "1", {"model": b"m"})
    puller.pull("model:m")
    [plan] = puller.terminal.home.rglob("plan.json")
    journal = next(plan.parent.glob("journal-*.jsonl"))
    journal.write_text(journal.read_text()[:-20])
    again = puller.pull()
    assert codes(again) == {"model:m:1": "present"}
    plan.write_text("{")
    assert puller.refused()["code"] == "azure-nothing-chosen"
    assert codes(puller.pull("model:m")) == {"model:m:1": "present"}
    shutil.rmtree(plan.parent)
    assert codes(puller.pull("model:m")) == {"model:m:1": "present"}
