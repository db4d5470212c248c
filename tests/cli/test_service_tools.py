"""`scoredock model compare` and `scoredock service profile|package|debug`, with a real service."""

from __future__ import annotations

import json

import pytest

from cli.conftest import Terminal
from debugging.dap import Editor, debugger_python


@pytest.mark.long("tests/registry/test_compare.py has the differences; test_models.py compares by the command")
@pytest.mark.usefixtures("shared_environments")
def test_compare(terminal: Terminal) -> None:
    terminal.ok("model", "register", "model.bin", "-n", "five", "--tag", "area=one")
    (terminal.folder / "model.bin").write_bytes(b"123456")
    terminal.ok("model", "register", "model.bin", "-n", "five", "--tag", "area=two")
    told = terminal.json("model", "compare", "five:1", "five")
    assert (told["first"], told["second"]) == ("five:1", "five:2")
    differs = {each["what"]: (each["before"], each["after"]) for each in told["differences"]}
    assert list(differs) == ["digest", "size", "tag area", "file model.bin"]
    assert differs["tag area"] == ("one", "two")
    shown = terminal.ok("model", "compare", "five:1", "five:2").splitlines()
    assert shown[0].split() == ["five:1", "five:2"]
    assert ["tag", "area", "one", "two"] in [line.split() for line in shown]
    assert terminal.ok("model", "compare", "five:2", "five") == "five:2 and five:2 do not differ\n"
    assert terminal.refused("model", "compare", "five:1", "six")["code"] == "model-not-found"


@pytest.mark.usefixtures("shared_environments")
def test_keys_and_tokens(terminal: Terminal) -> None:
    config = terminal.folder / "deploymentconfig.json"
    config.write_text('{"computeType": "aks"}')
    shown = terminal.ok("service", "deploy", "adder", "--entry-script", "score.py", "--dc", "deploymentconfig.json")
    assert ["authentication", "keys"] in [line.split() for line in shown.splitlines()]
    keys = terminal.json("service", "keys", "adder")
    assert set(keys) == {"primaryKey", "secondaryKey"}
    assert terminal.ok("service", "call", "adder", "--data", '{"data": [1]}').strip()
    refused = terminal.run("service", "call", "adder", "--data", '{"data": [1]}', "--no-key")
    assert refused.returncode == 1
    assert "service-key-refused: Copy the key of the service again" in refused.stderr
    shown = terminal.ok("service", "keys", "adder", "--regenerate", "primary")
    assert keys["secondaryKey"] in shown
    assert keys["primaryKey"] not in shown
    terminal.ok("service", "keys", "adder", "--regenerate", "Secondary", "--set", stdin="my-own-key\n")
    assert terminal.json("service", "keys", "adder")["secondaryKey"] == "my-own-key"
    told = terminal.refused("service", "keys", "adder", "--regenerate", "third")
    assert (told["code"], "Primary, Secondary" in told["message"]) == ("service-key-invalid", True)
    assert terminal.refused("service", "keys", "adder", "--set", code=2)["code"] == "usage"
    assert terminal.refused("service", "token", "adder")["code"] == "service-tokens-off"
    config.write_text('{"computeType": "aks", "authEnabled": false, "tokenAuthEnabled": true}')
    terminal.ok("service", "update", "adder")
    assert terminal.json("service", "token", "adder")["tokenType"] == "Bearer"
    assert terminal.ok("service", "token", "adder").startswith("sdt1.")
    assert terminal.ok("service", "call", "adder", "--data", '{"data": [1]}').strip()
    assert terminal.refused("service", "keys", "adder")["code"] == "service-keys-off"


@pytest.mark.usefixtures("shared_environments")
def test_a_new_project_wants_its_model_registered_runs_and_is_strict(terminal: Terminal) -> None:
    made = terminal.json("project", "create", "first")
    folder = terminal.folder / "first"
    assert sorted(path.name for path in folder.iterdir()) == made["files"]
    codes = [finding["code"] for finding in terminal.json("check", "first")["findings"]]
    assert codes == ["SD501"], "the model is to be registered, and nothing else"
    assert "next:" in terminal.ok("project", "create", "second")
    refused = terminal.refused("project", "create", "first")
    assert refused["code"] == "project-exists"
    terminal.ok("model", "register", "first/model.pkl", "--name", "first-model")
    deploy = ("--ic", "first/inferenceconfig.json", "--dc", "first/deploymentconfig.json", "--model", "first-model")
    terminal.ok("service", "deploy", "first-service", *deploy)
    answer = terminal.json("service", "call", "first-service", "--data", "@first/sample-request.json")
    assert json.loads(answer["body"]) == [12.0, 14.0, 16.0]
    (spec,) = terminal.home.rglob("first-service/spec.json")
    assert json.loads(spec.read_text())["strict"] is True


@pytest.mark.usefixtures("shared_environments")
def test_profile_and_package(terminal: Terminal) -> None:
    terminal.ok("service", "deploy", "adder", "--entry-script", "score.py")
    (terminal.folder / "rows.txt").write_text('{"data": [1]}\n{"data": [2]}\n')
    told = terminal.json("service", "profile", "adder", "--rows", "rows.txt", "--requests", "20")
    assert (told["totalQueries"], told["successRate"]) == (20, 100.0)
    latencies = {f"latencyPercentile{each}InMs" for each in (50, 90, 95, 99, 999)}
    used = {"maxUtilizedCpu", "maxUtilizedMemoryInGB", "recommendedCpu", "recommendedMemoryInGB"}
    assert {"measuredQueriesPerSecond", *latencies, *used} <= set(told)
    assert not {"requestedCpu", "requestedMemoryInGB"} & set(told), "a process has no limits that were requested"
    shown = terminal.ok("service", "profile", "adder", "--rows", "rows.txt", "--requests", "5")
    assert "5, 100% successful" in shown
    assert "recommended memory" in shown
    assert terminal.refused("service", "profile", "adder", "--requests", "0")["code"] == "profile-input-invalid"

    told = ("--output-path", "image", "--base-image", "python:3.12-slim", "--image-name", "adder", "--il", "1")
    shown = terminal.ok("service", "package", "adder", *told)
    assert "docker build --tag adder:1 ." in shown
    assert "Package creation Succeeded" in shown
    assert (terminal.folder / "image" / "Dockerfile").read_text().splitlines()[1] == "FROM python:3.12-slim"
    assert terminal.refused("service", "package", "adder", "-o", "image")["code"] == "package-target-not-empty"
    assert terminal.refused("service", "package", "adder", code=2)["code"] == "usage"
    assert terminal.refused("service", "package", "adder", "-o", "a", "--image", code=2)["code"] == "usage"
    alone = terminal.json("package", "create", "--es", "score.py", "-o", "alone", "--il", "1")
    assert (alone["image"], alone["generateDockerfile"], alone["state"]) == ("package:1", True, "Succeeded")
    assert alone["location"] == str(terminal.folder / "alone")
    text = (terminal.folder / "alone" / "README.md").read_text()
    assert [alone[f"{name}Digest"] in text for name in ("context", "lock", "tree")] == [True, True, False]
    image = "registry.example.com/team/adder:1"
    assert terminal.json("package", "registry", image)["address"] == "registry.example.com"
    terminal.ok("package", "export", "container-instances", image, "-o", "group.yaml", "--memory", "2")
    assert "memoryInGB: 2.0" in (terminal.folder / "group.yaml").read_text()
    assert terminal.refused("package", "push", "adder:1")["code"] == "package-name-invalid"
    assert terminal.refused("package", "push", image, "--username", "ci", code=2)["code"] == "usage"


@pytest.mark.usefixtures("shared_environments")
def test_debug(terminal: Terminal) -> None:
    terminal.ok("service", "deploy", "adder", "--entry-script", "score.py")
    with Editor(debugger_python(terminal.home)) as editor:
        editor.listen([{"localRoot": str(terminal.folder), "remoteRoot": "."}])
        debugging = terminal.start("service", "debug", "adder", "--port", str(editor.port))
        assert editor.begin({terminal.folder / "score.py": [9]}) == {terminal.folder / "score.py": [True]}
        out, complaints = (each.decode() for each in debugging.communicate(None, timeout=60))
        assert debugging.wait() == 0, complaints
        assert f"port {editor.port}" in out
        assert json.dumps([{"localRoot": str(terminal.folder), "remoteRoot": "."}]) in complaints
        editor.disconnect()
    assert terminal.refused("service", "debug", "adder", "--port", "70000")["code"] == "port-invalid"
    assert terminal.json("service", "restart", "adder")["state"] == "Healthy"
