"""Kubeconfig files mean what kubectl says they mean, and nothing is run to look at them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from scoredock.clusters.kubeconfig import contexts, select
from scoredock.clusters.target import ClusterPlace
from scoredock.errors import ClusterConfigInvalid

SECRET = "eyJhbGciOiJSUzI1NiIsImtpZCI6InRlc3RzIn0.c2VjcmV0"


def written(file: Path, context: str, server: str, user: dict[str, Any] | None = None, **more: Any) -> Path:
    content = {
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": user or {"token": SECRET}}],
        "contexts": [{"name": context, "context": {"cluster": "c", "user": "u", **more}}],
    }
    file.write_text(yaml.safe_dump(content))
    return file


def test_several_files_are_one_and_the_first_to_say_something_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = written(tmp_path / "a", "one", "https://first", namespace="team")
    second = written(tmp_path / "b", "two", "https://second")
    third = written(tmp_path / "d", "one", "https://third")
    absent = tmp_path / "c"
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, (first, absent, "", second, third))))
    one, two = contexts()
    assert (one.name, one.server, one.namespace, one.file) == ("one", "https://first", "team", str(first))
    # Its cluster has the name of the one in the first file, which therefore is meant: as for kubectl.
    assert (two.name, two.server, two.namespace, two.file) == ("two", "https://first", "default", str(second))
    assert select(ClusterPlace("two", "x")).server == "https://first"
    assert select(ClusterPlace("two", "x", str(second))).server == "https://second"


def test_the_file_of_the_home_folder_is_the_one_without_kubeconfig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ClusterConfigInvalid, match="There is no kubeconfig file"):
        contexts()
    (tmp_path / ".kube").mkdir()
    written(tmp_path / ".kube" / "config", "home", "https://home")
    assert [each.name for each in contexts()] == ["home"]


def test_a_context_that_is_not_there_is_named_beside_those_that_are(tmp_path: Path) -> None:
    file = written(tmp_path / "a", "prod", "https://a")
    with pytest.raises(ClusterConfigInvalid) as refused:
        select(ClusterPlace("prdo", "x", str(file)))
    assert "“prdo”; there are: prod" in refused.value.message
    assert refused.value.details == {"contexts": ["prod"]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"users:\n- name: a\n  user: {{token: {SECRET}\n", "is not valid YAML (line"),
        (f"token: {SECRET}\n\x00", "is not valid YAML"),
        (SECRET, "is not a kubeconfig file"),
        (f"users: [{SECRET}]", "“users” must be a list of entries with “name” and “user”"),
        (f"users: {{a: {SECRET}}}", "“users” must be a list"),
        ("contexts: [{name: x, context: {cluster: none, user: none}}]", "lacks the address of its cluster"),
        (
            "contexts: [{name: x, context: {cluster: c, user: none}}]\n"
            "clusters: [{name: c, cluster: {server: 'https://a'}}]",
            "lacks its user",
        ),
        ("", "has no context"),
    ],
)
def test_damage_is_named_without_what_stands_there(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    with pytest.raises(ClusterConfigInvalid) as refused:
        select(ClusterPlace("x", "x", str(file)))
    assert words in refused.value.message
    assert str(file) in refused.value.message
    assert SECRET not in repr(refused.value)
    assert refused.value.place is not None


def test_a_folder_and_binary_files_are_no_kubeconfig(tmp_path: Path) -> None:
    with pytest.raises(ClusterConfigInvalid, match="cannot be read"):
        contexts(str(tmp_path))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ClusterConfigInvalid, match="not valid YAML"):
        contexts(str(tmp_path / "binary"))


def test_a_look_at_contexts_runs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    program = tmp_path / "login"
    program.write_text(f"#!/bin/sh\ntouch {mark}\n")
    program.chmod(0o755)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./login"}}
    file = written(tmp_path / "config", "one", "https://a", user)
    assert contexts(str(file))[0].exec_program == str(tmp_path / "login")
    assert not mark.exists()


def test_files_lie_relative_to_the_file_that_names_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kube"
    folder.mkdir()
    user = {
        "client-certificate": "certs/own.crt",
        "client-key": "/etc/own.key",
        "exec": {"apiVersion": "v1", "command": "kubelogin"},
    }
    written(folder / "config", "one", "https://a", user)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", "kube/config")
    selection = select(ClusterPlace("one", "x"))
    assert selection.user["client-certificate"] == str(folder / "certs/own.crt")
    assert selection.user["client-key"] == "/etc/own.key"
    # A bare name is looked up on the PATH.
    assert selection.user["exec"]["command"] == "kubelogin"


def test_tokens_are_in_no_representation(tmp_path: Path) -> None:
    file = written(tmp_path / "config", "one", "https://a")
    assert SECRET not in repr(select(ClusterPlace("one", "x", str(file))))
