"""Rules as one types them: made, refused, carried out, paused, deleted; which version they wish and when they wait."""

from __future__ import annotations

import json

import pytest

from continuous.conftest import Project


def test_a_new_version_goes_into_the_service_and_the_history_says_why(project: Project) -> None:
    project.create()
    assert project.round()["events"] == []
    project.register("3")

    dry = project.round("--dry-run")
    assert "version 2" in " ".join(dry["plan"])
    assert project.service()["revision"] == 1

    done = project.round()
    assert [each["what"] for each in done["events"]] == ["seen", "promoted"]
    assert project.service()["models"] == ["times:2"]
    events = project.json("rule", "history", "newest")["events"]
    assert events[0]["revision"] == 2
    assert "revision 2" in events[0]["reason"]
    # Nothing is to be done any more, and nothing is written down.
    assert project.round()["events"] == []
    assert len(project.steps()) == 2


def test_an_alias_is_followed_forth_and_back_and_another_one_set(project: Project) -> None:
    project.register("3")
    project.json("model", "alias", "times:1", "champion")
    project.create("--set-alias", "live", model="times@champion")
    assert project.round()["events"] == []
    project.json("model", "alias", "times:2", "champion")
    project.round()
    assert project.service()["models"] == ["times:2"]
    assert "times:2" in project.run("model", "show", "times@live").stdout
    for version in (1, 2):
        project.json("model", "alias", f"times:{version}", "champion")
        project.round()
        assert project.service()["models"] == [f"times:{version}"]


def test_a_version_that_cannot_be_loaded_is_refused_once_and_tried_again_when_asked(project: Project) -> None:
    project.create()
    project.register("unloadable")
    assert project.round()["events"][-1]["what"] == "refused"
    assert project.service()["models"] == ["times:1"]
    assert project.service()["state"] == "Healthy"
    for _ in range(2):
        again = project.round()
        assert again["events"] == []
        assert again["error"] == ""
    assert "--again" in project.show()["rule"]["note"]
    assert [each["what"] for each in project.round("--again")["events"]] == ["again", "seen", "refused"]
    assert project.services() == ["times"]


def test_a_paused_rule_does_nothing_until_it_is_resumed(project: Project) -> None:
    project.create()
    project.json("rule", "pause", "newest")
    project.register("3")
    assert project.round()["events"] == []
    assert project.service()["revision"] == 1
    assert project.json("rule", "list")["rules"][0]["look"] == "paused"
    project.json("rule", "resume", "newest")
    project.round()
    assert project.service()["models"] == ["times:2"]
    assert project.steps() == ["0 paused", "0 resumed", "2 seen", "2 promoted"]


def test_who_went_back_by_hand_is_not_overruled(project: Project) -> None:
    project.create()
    project.register("3")
    project.round()
    project.json("service", "rollback", "times")
    project.round()
    assert project.service()["models"] == ["times:1"]
    assert project.show()["rule"]["code"] == "rule-version-settled"


def test_a_stopped_service_is_not_started(project: Project) -> None:
    project.create()
    project.register("3")
    project.json("service", "stop", "times")
    waiting = project.round(code=1)
    assert waiting["code"] == "rule-service-stopped"
    assert project.service()["state"] == "Stopped"
    project.json("service", "start", "times")
    project.round()
    assert project.service()["models"] == ["times:2"]


def test_a_service_that_is_gone_is_told_and_comes_back(project: Project) -> None:
    project.create()
    project.json("service", "delete", "times")
    assert project.round(code=1)["code"] == "rule-service-missing"
    project.register("3")
    project.deploy()
    project.round()
    assert project.service()["models"] == ["times:2"]


def test_a_list_says_that_the_service_does_not_exist_before_a_round_has_looked(project: Project) -> None:
    project.create()
    project.register("3")
    project.round()
    assert project.show()["rule"]["status"] == "version 2 promoted"
    project.json("service", "delete", "times")
    (listed,) = project.json("rule", "list")["rules"]
    assert (listed["status"], listed["code"], listed["versions"]) == ("waiting", "rule-service-missing", [])
    assert listed["note"].startswith("The service times of the rule newest does not exist.")
    assert project.round(code=1)["code"] == "rule-service-missing"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("rule", "create", "../x", "--model", "times", "--service", "times"), "rule-name-invalid"),
        (("rule", "create", "one", "--model", "times:1", "--service", "times"), "rule-option-invalid"),
        (("rule", "create", "one", "--model", "a b", "--service", "times"), "model-not-found"),
        (("rule", "create", "one", "--model", "nobody", "--service", "times"), "model-not-found"),
        (("rule", "create", "one", "--model", "times", "--service", "Not A Name"), "service-name-invalid"),
        (("rule", "create", "one", "--model", "times", "--service", "nobody"), "rule-service-missing"),
        (("rule", "create", "one", "--model", "other", "--service", "times"), "rule-service-unfit"),
        (("rule", "create", "one", "--model", "times", "--service", "times", "--set-alias", "a:b"), "alias-invalid"),
        (("rule", "create", "one", "--model", "times", "--service", "times", "--canary", "10"), "rule-endpoint-unfit"),
        (("rule", "create", "one", "--model", "times", "--service", "times", "--tests", "none.http"), "file-not-found"),
        (
            ("rule", "create", "one", "--model", "times", "--service", "times", "--score", "luck > 1"),
            "rule-option-invalid",
        ),
        (
            ("rule", "create", "one", "--model", "times", "--service", "times", "--score", "accuracy >= 1"),
            "rule-option-invalid",
        ),
        (("rule", "create", "one", "--model", "times", "--service", "times", "--no-drift", "none"), "drift-missing"),
        (
            ("rule", "create", "one", "--model", "times", "--service", "times", "--time-limit", "soon"),
            "rule-option-invalid",
        ),
        (
            ("rule", "create", "one", "--model", "times", "--service", "times", "--command", "nosuch"),
            "rule-option-invalid",
        ),
        (("rule", "show", "none"), "rule-missing"),
        (("rule", "pause", "none"), "rule-missing"),
        (("rule", "delete", "none"), "rule-missing"),
        (("rule", "run", "none"), "rule-missing"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(project: Project, words: tuple[str, ...], code: str) -> None:
    project.register("5", name="other")
    error = project.refused(*words)
    assert (error["code"], bool(error["fix"])) == (code, True)
    assert project.json("rule", "list")["rules"] == []


def test_two_rules_for_a_service_and_rules_that_go_round_are_refused(project: Project) -> None:
    project.deploy("second")
    project.json("model", "alias", "times:1", "dev")
    words = ("--model", "times@dev", "--service", "second")
    itself = project.refused("rule", "create", "loop", *words, "--set-alias", "dev")
    assert itself["code"] == "rule-goes-round"
    assert "dev" in itself["message"]

    project.create("--set-alias", "dev", model="times@live", name="first")
    taken = project.refused("rule", "create", "other", "--model", "times", "--service", "times")
    assert taken["code"] == "rule-service-taken"
    assert "first" in taken["message"]

    round_ = project.refused("rule", "create", "back", *words, "--set-alias", "live")
    assert round_["code"] == "rule-goes-round"
    assert "back → first → back" in round_["message"]
    # A chain is none.
    project.json("rule", "create", "chain", *words, "--set-alias", "done")
    assert [each["name"] for each in project.json("rule", "list")["rules"]] == ["chain", "first"]


def test_a_damaged_rule_is_said_and_can_be_deleted(project: Project) -> None:
    project.create()
    (project.workspace / "rules" / "newest" / "rule.json").write_text("{")
    shown = project.json("rule", "list")["rules"][0]
    assert shown["look"] == "trouble"
    assert shown["error"]
    assert project.round(code=1)["code"] == "rule-damaged"
    project.json("rule", "delete", "newest")
    assert project.json("rule", "list")["rules"] == []


def test_a_rule_survives_what_a_newer_release_wrote(project: Project) -> None:
    project.create()
    path = project.workspace / "rules" / "newest" / "rule.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "later": 1, "format": 9}))
    project.register("3")
    assert project.round()["events"][-1]["what"] == "promoted"
