"""`scoredock check --format sarif`: what readers of SARIF 2.1.0 rely on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from scoredock.analysis.finding import Finding, Related
from scoredock.analysis.rule import Rule
from scoredock.checks.catalogue import RULES
from scoredock.checks.check import check
from scoredock.cli.scripts.sarif import sarif
from scoredock.scripts.checked_files import CheckedFile
from scoredock.text import Fix, Position, Range, TextEdit

from cli.conftest import Terminal

SCRIPT = 'def init():\n    pass\n\n\ndef run(data):\n    x = "😀"; return json.loads(data)\n'
READING = [rule for rule in RULES if not rule.runs]


def demand(log: dict[str, Any]) -> None:
    """What the standard says with `must` about the parts that are used here."""
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"]
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", driver["semanticVersion"])
    assert run["columnKind"] == "utf16CodeUnits"
    assert all(isinstance(each["executionSuccessful"], bool) for each in run["invocations"])
    assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
    for rule in driver["rules"]:
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]+", rule["name"])
        for text in (rule["shortDescription"], rule["fullDescription"], rule["help"]):
            assert text["text"].endswith(".")
        assert rule["help"]["markdown"].startswith("# ")
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        for location in [*result["locations"], *result.get("relatedLocations", [])]:
            physical = location["physicalLocation"]
            address(physical["artifactLocation"], run)
            if "region" in physical:
                region(physical["region"])
        assert [each["id"] for each in result.get("relatedLocations", [])] == list(
            range(1, 1 + len(result.get("relatedLocations", [])))
        )
        for fix in result.get("fixes", []):
            assert fix["description"]["text"]
            assert fix["artifactChanges"]
            for change in fix["artifactChanges"]:
                address(change["artifactLocation"], run)
                assert change["replacements"]
                for replacement in change["replacements"]:
                    region(replacement["deletedRegion"])
                    assert isinstance(replacement["insertedContent"]["text"], str)
    marks = [result["partialFingerprints"]["scoredock/v1"] for result in run["results"]]
    assert len(set(marks)) == len(marks)


def address(location: dict[str, Any], run: dict[str, Any]) -> None:
    assert re.fullmatch(r"[!-~]+", location["uri"])
    if "uriBaseId" in location:
        assert location["uriBaseId"] in run["originalUriBaseIds"]
        assert not location["uri"].startswith(("/", "../", "file:"))
    else:
        assert location["uri"].startswith("file:///")
    if "index" in location:
        named = run["artifacts"][location["index"]]["location"]
        assert named["uri"] == location["uri"]


def region(span: dict[str, int]) -> None:
    assert all(value >= 1 for value in span.values())
    if "endLine" in span:
        assert (span["startLine"], span["startColumn"]) <= (
            span["endLine"],
            span["endColumn"],
        )


def test_the_command(terminal: Terminal) -> None:
    folder = terminal.folder / "a b"
    folder.mkdir()
    (folder / "score.py").write_text(SCRIPT)
    done = terminal.run("check", "--format", "sarif")
    assert (done.returncode, done.stderr) == (1, "")
    log = json.loads(done.stdout)
    demand(log)
    assert terminal.run("check", "--format", "sarif").stdout == done.stdout
    assert str(terminal.folder) not in done.stdout
    run = log["runs"][0]
    assert [each["location"]["uri"] for each in run["artifacts"]] == [
        "a%20b/score.py",
        "score.py",
    ]
    (result,) = run["results"]
    assert result["ruleId"] == "SD110"
    found = result["locations"][0]["physicalLocation"]["region"]
    assert found == {"startLine": 6, "startColumn": 22, "endLine": 6, "endColumn": 26}
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"]["text"].startswith("import json\n")


def test_a_clean_folder_and_the_exit_code(terminal: Terminal) -> None:
    log = json.loads(terminal.ok("check", "--format", "sarif"))
    demand(log)
    assert log["runs"][0]["results"] == []


@pytest.mark.parametrize("rule", READING, ids=lambda rule: rule.code)
def test_every_rule_can_be_told(rule: Rule, tmp_path: Path) -> None:
    facts = rule.world.facts()
    found = check(rule.page.bad, facts)
    demand(sarif([CheckedFile(Path(facts.path), rule.page.bad, tuple(found))], Path("/project")))
    demand(sarif([CheckedFile(Path(facts.path), rule.page.bad, tuple(found))], tmp_path))


def test_related_places_and_equal_lines() -> None:
    here = Range(Position(1, 0), Position(1, 2))
    related = (
        Related("/p/a.py", "see [here]", here),
        Related("/q/b.yml", "there"),
        Related("/p/c.json", "and", here),
    )
    fix = Fix("Cut", (TextEdit(here, ""),))
    other = Fix("Add it elsewhere", (TextEdit(here, "x"),), path="/p/c.json")
    finding = Finding("SD110", "hint", "a [b](c).", here, (fix, other), related)
    file = CheckedFile(Path("/p/a.py"), "😀\n😀😀\n", (finding, finding))
    log = sarif([file], Path("/p"))
    demand(log)
    result = log["runs"][0]["results"][0]
    assert result["message"]["text"] == "a \\[b\\](c)."
    assert len(result["fixes"]) == 1
    assert result["locations"][0]["physicalLocation"]["region"]["endColumn"] == 5
    assert [each["physicalLocation"].get("region") for each in result["relatedLocations"]] == [
        {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 5},
        None,
        {"startLine": 2},
    ]
