"""The person's token goes to hosts of Azure that the workspace names, whatever assets, redirects and lists say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from azure_pull.azure_shelf import DOMAIN, FOREIGN, SECRETS, UNNAMED, Blob
from azure_pull.conftest import Puller, digest

OWN_SIGNATURE = "sv=1&sig=OF-THE-ADDRESS"


def places(port: int) -> dict[str, tuple[str, str]]:
    """Name of a model → where it says that its file is, and the host that the report names."""
    foreign, unnamed = f"{FOREIGN}:{port}", f"{UNNAMED}:{port}"
    return {
        "https": (f"https://{foreign}/files/a.pkl", foreign),
        "wasbs": (f"wasbs://files@{foreign}/a.pkl", foreign),
        "abfss": (f"abfss://files@account.dfs.{foreign}/a.pkl", f"account.blob.{foreign}"),
        "account-of-that-name": (f"https://account.{foreign}/files/a.pkl", f"account.{foreign}"),
        "unnamed-account": (f"https://{unnamed}/files/a.pkl", unnamed),
        "with-signature": (f"https://{foreign}/files/a.pkl?{OWN_SIGNATURE}", foreign),
        "with-user": (f"https://account.blob.{DOMAIN}:{port}@{foreign}/files/a.pkl", foreign),
    }


def outcomes(report: dict[str, object]) -> dict[str, dict[str, object]]:
    listed: list[dict[str, object]] = report["outcomes"]  # type: ignore[assignment]
    return {str(each["key"]).split(":")[1]: each for each in listed}


def require_no_secret(puller: Puller, *texts: str) -> None:
    seen = "\n".join(head for _, head in puller.shelf.strangers)
    assert puller.shelf.strangers
    assert "authorization" not in seen.lower()
    for text in (seen, *texts):
        assert not [secret for secret in SECRETS if secret in text]
    assert puller.secrets(puller.terminal.home, puller.terminal.folder) == []


@pytest.mark.parametrize("credential", ["None", "AccountKey"])
def test_addresses_in_assets(puller: Puller, credential: str) -> None:
    """Datastores without a secret of their own are read with the person's token, and only they."""
    shelf = puller.shelf
    shelf.credential = credential
    shelf.add_blob("files/a.pkl", b"of anybody")
    shelf.add_model("own", "1", {"model.bin": b"own"})
    listed = places(shelf.port)
    for name, (uri, _) in listed.items():
        shelf.add_model(name, "1", {}, uri=uri)
    report = puller.pull("model:*")
    expected = {f"{name}:1": digest({"a.pkl": b"of anybody"}) for name in listed}
    assert puller.digests() == {**expected, "own:1": digest({"model.bin": b"own"})}
    notes = {name: each["notes"] for name, each in outcomes(report).items()}
    assert notes.pop("own") == []
    assert notes == {name: [f"read from {host} without your sign-in"] for name, (_, host) in listed.items()}
    text = Path(str(report["report"])).read_text()
    assert all(host in text for _, host in listed.values())
    require_no_secret(puller, text)
    signed = {path for _, path in shelf.strangers if "OF-THE-ADDRESS" in path}
    assert signed
    assert all(path.startswith("/files") for path in signed)


def test_hosts_that_ask_for_a_token_get_none_and_end_nothing(puller: Puller) -> None:
    shelf = puller.shelf
    shelf.is_open, shelf.credential = False, "None"
    shelf.add_model("own", "1", {"model.bin": b"own"})
    listed = places(shelf.port)
    for name, (uri, _) in listed.items():
        shelf.add_model(name, "1", {}, uri=uri)
    shelf.add_model("nobody", "1", {}, uri=f"https://nobody.{FOREIGN}:1/files/a.pkl")
    thief = f"https://{FOREIGN}:{shelf.port}/files/a.pkl"
    shelf.add_model("sent-on", "1", {"model.bin": Blob(b"x", redirect=thief)})
    report = puller.ended("model:*")
    results = outcomes(report)
    assert results.pop("own")["result"] == "registered"
    assert results.pop("sent-on")["code"] == "refused"
    assert {each["code"] for each in results.values()} == {"foreign"}
    assert all(host in str(results[name]["message"]) for name, (_, host) in listed.items())
    require_no_secret(puller, str(report), Path(str(report["report"])).read_text())


def test_next_pages_and_what_is_discovered(puller: Puller) -> None:
    """A list that goes on elsewhere is not gone on with; another host as model management gets no token."""
    shelf, thief = puller.shelf, f"https://{FOREIGN}:{puller.shelf.port}"
    shelf.page, shelf.next_host = 1, thief
    for number in range(3):
        shelf.add_model(f"m{number}", "1", {"model.bin": b"m"})
    words = ("azure", "list", "--kind", "model", "--python", puller.python)
    refusal = puller.terminal.refused(*words)
    assert refusal["code"] == "azure-refused"
    assert FOREIGN in refusal["message"]
    shelf.page, shelf.next_host, shelf.services.host = 100, "", thief
    shelf.services.add("s", "ACI")
    listing = puller.terminal.json("azure", "list", "--python", puller.python)
    assert [each["key"] for each in listing["items"]] == ["model:m0:1", "model:m1:1", "model:m2:1"]
    assert re.search(FOREIGN, listing["notes"][0])
    assert shelf.strangers == []
