"""What a backup has besides models, runs and services: deployment rules, subscriptions, comparisons of drift, batch
jobs. What acts by itself comes back paused, secrets stay behind, and bad parts give no workspace at all."""

from __future__ import annotations

import json
import random
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scoredock.contrib.batch.domain.work.configuration import BatchConfiguration
from scoredock.contrib.batch.domain.work.jobs import JobFolder, JobProgress, JobRecord
from scoredock.contrib.drift.domain.monitors import MonitorState, Schedule, monitor, new_monitor
from scoredock.contrib.drift.options import DriftChoices
from scoredock.contrib.events.domain.subscriptions import Receivers, ReceiverSettings
from scoredock.contrib.rules.domain.rule import DeploymentRule
from scoredock.contrib.rules.domain.rule_folder import RuleFolder, making_rules, rule_folder
from scoredock.contrib.rules.domain.state import RuleCandidate, RuleEvent, RuleState, SettledVersion
from scoredock.contrib.rules.options import RuleCanary, RuleConditions
from scoredock.errors import ScoredockError
from scoredock.features.workspaces.parts import PARTS
from scoredock.formats.secrets import LEFT_OUT, without_secret_words
from scoredock.progress import CancelToken, Silent
from scoredock.registry import Registry
from scoredock.registry.upkeep.backup import Backup, backup
from scoredock.registry.upkeep.backup_file import HEADER
from scoredock.registry.upkeep.restoring import Restored, restore
from scoredock.services.lifecycle.service_backup import CarriedServices
from scoredock.workspace import Workspaces

from backups import contents, rewritten
from depth import rounds

IDENTITY = {"name": "work", "subscriptionId": "", "resourceGroup": "", "created": 1.0}
SECRET = "whsec_" + "c2VjcmV0" * 4
RECORD = {
    "kind": "drift",
    "created": 5.5,
    "verdict": "noDrift",
    "drifted": [],
    "target": {"source": "new.csv", "rows": 1, "compared": 1, "skipped": 0, "since": "", "until": ""},
    "baseline": {"source": "old.csv", "rows": 1, "compared": 1, "skipped": 0, "since": "", "until": ""},
    "features": [],
    "onlyInBaseline": [],
    "onlyInTarget": [],
}


def back_up(workspace: Path, target: Path) -> Backup:
    return backup(
        workspace,
        IDENTITY,
        target,
        CarriedServices(PARTS),
        overwrite=False,
        progress=Silent(),
        cancel=CancelToken(),
    )


def bring_back(path: Path, folder: Path) -> Restored:
    return restore(path, folder, CarriedServices(PARTS), progress=Silent(), cancel=CancelToken())


def fill(workspace: Path) -> None:
    """One of each, as Scoredock writes them."""
    conditions = RuleConditions(tests=("/gone/tests.http",), command=("true", "--token", "hidden"), folder="/gone")
    canary = RuleCanary(endpoint="door", shares=(10, 50), seconds=60, requests=5, errors=5)
    rule = DeploymentRule(
        name="newest", source="m", service="times", conditions=conditions, canary=canary, created=1.5, by="me"
    )
    candidate = RuleCandidate(version=3, entry="v3-ab12", step="canary", base_revision=1, began=2.0, share=1)
    seen = RuleEvent(time=2.0, version=3, what="seen", reason="é")
    settled = SettledVersion(outcome="refused", reason="no", code="rule-condition-failed", time=1.0)
    with making_rules(workspace) as place:
        folder = RuleFolder(place / "newest")
        folder.path.mkdir()
        folder.write_rule(rule)
        folder.write_state(RuleState(candidate=candidate, outcomes={2: settled}, history=(seen,), note="waits"))
    receivers = Receivers(workspace)
    receivers.add(
        ReceiverSettings(name="ci", created=1.0, url="https://me:pass@ci.example.com/a?code=hidden"), SECRET, 7
    )
    command = ("sh", "-c", "curl -H 'Authorization: Bearer hidden' https://x")
    receivers.add(ReceiverSettings(name="note", created=1.0, command=command, folder="/gone"), "", 7)
    receivers.add(ReceiverSettings(name="gone", created=1.0, command=("no-such-program",)), "", 7)
    compared = new_monitor(workspace, "weekly")
    choices = DriftChoices(target="new.csv", baseline="old.csv", thresholds={"null_value_rate": 0.1})
    compared.add(RECORD, choices)
    compared.write_schedule(
        Schedule(choices=choices, every="1d", created=1.0, retrain=("python", "PASSWORD=hidden"), folder="/gone")
    )
    compared.write_state(MonitorState(last_run=5.0))
    compared.log.write_text("what it printed")
    job = JobFolder(workspace / "batch" / "nightly")
    job.path.mkdir(parents=True)
    job.write_job(
        JobRecord(
            name="nightly",
            created=1.0,
            script="/p/score.py",
            entry_script="score.py",
            source="",
            model_dir="",
            models=("m:1",),
            inputs=("/data",),
            output="/out",
            configuration=BatchConfiguration(environment_variables={"PASSWORD": "hidden"}),
            python="/env/bin/python",
            script_python="",
            environment="env",
            environment_key="abc",
            variables={"PASSWORD": "hidden"},
        )
    )
    job.write_progress(JobProgress(state="Running", planned=4, completed=2, items=20))
    (job.of("journal")).write_text("")
    (job.of("inputs")).mkdir()
    (job.of("inputs") / "copy.csv").write_text("copied input")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    registry = Registry(folder / "workspace")
    fill(registry.folder)
    assert back_up(registry.folder, folder / "b.tar").left_out == []
    registry.store.close()
    return folder / "b.tar"


def test_what_is_in_it_and_what_is_not(packed: Path) -> None:
    members = contents(packed)
    assert sorted(name for name in members if name.split("/")[0] in ("rules", "events", "drift", "batch")) == [
        "batch/nightly/job.json",
        "batch/nightly/journal",
        "batch/nightly/state.json",
        "drift/weekly/choices.json",
        "drift/weekly/records/000000000005500.json",
        "drift/weekly/schedule.json",
        "drift/weekly/state.json",
        "events/receivers/ci/subscription.json",
        "events/receivers/gone/subscription.json",
        "events/receivers/note/subscription.json",
        "rules/newest/rule.json",
        "rules/newest/state.json",
    ]
    assert json.loads(members[HEADER])["format"] == 2
    for secret in (SECRET.encode(), b"hidden", b"pass", b"copied input", b"what it printed", b"/env/bin/python"):
        assert not [name for name, content in members.items() if secret in content], secret
    # So that nothing acts by itself where somebody unpacks it by hand.
    for name in ("rules/newest/rule.json", "events/receivers/ci/subscription.json", "drift/weekly/schedule.json"):
        assert json.loads(members[name])["paused"] is True


def test_all_of_it_comes_back_and_what_acts_by_itself_is_paused(packed: Path, tmp_path: Path) -> None:
    restored = bring_back(packed, tmp_path / "again")
    assert restored.notes == []
    assert [(each.text, each.command) for each in restored.parts] == [
        ("Schedules of drift are paused: weekly (python PASSWORD=<left-out>).", "scoredock drift resume NAME"),
        ("They name files that are not on this machine: /gone.", ""),
        ("Deployment rules are paused: newest (true --token <left-out>).", "scoredock rule resume NAME"),
        ("They name files that are not on this machine: /gone/tests.http, /gone.", ""),
        ("The subscription gone was left out: there is no no-such-program on this machine.", ""),
        (
            "Subscriptions to events are paused: ci (https://ci.example.com/a), note (sh -c curl -H"
            " 'Authorization: <left-out>' https://x).",
            "scoredock event resume NAME",
        ),
    ]
    folder = rule_folder(tmp_path / "again", "newest")
    rule, state = folder.rule(), folder.state()
    assert (rule.paused, rule.created, rule.by) == (True, 1.5, "me")
    assert rule.canary is not None
    assert rule.canary.shares == (10, 50)
    assert rule.conditions.command == ("true", "--token", LEFT_OUT)
    assert state.candidate is not None
    assert (state.candidate.step, state.candidate.outcome) == ("ending", "superseded")
    assert [each.what for each in state.history] == ["seen", "superseded", "restored"]
    assert list(state.outcomes) == [2]
    webhook = Receivers(tmp_path / "again").one("ci")
    settings = webhook.subscription()
    assert (settings.url, settings.paused) == ("https://ci.example.com/a", True)
    assert (settings.needs_url, settings.needs_secret, webhook.secret()) == (True, True, "")
    program = Receivers(tmp_path / "again").one("note").subscription()
    assert (program.command[0], program.needs_url, program.needs_secret) == ("sh", False, False)
    compared = monitor(tmp_path / "again", "weekly")
    schedule = compared.schedule()
    assert schedule is not None
    assert (schedule.paused, schedule.retrain[1], compared.state().last_run) == (True, f"PASSWORD={LEFT_OUT}", 5.0)
    assert compared.read_record(compared.record_files()[0]) == RECORD
    job = JobFolder(tmp_path / "again" / "batch" / "nightly")
    assert (job.job().python, job.job().variables, job.job().models) == ("", {}, ("m:1",))
    assert (job.progress().state, job.progress().completed) == ("Canceled", 2)
    for path in (tmp_path / "again").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert [
        each for part in PARTS for each in part.problems(tmp_path / "again", deep=False, cancel=CancelToken())
    ] == []
    # What was restored is backed up and restored in turn.
    assert back_up(tmp_path / "again", tmp_path / "c.tar").left_out == []
    bring_back(tmp_path / "c.tar", tmp_path / "third")


@pytest.mark.parametrize(
    ("words", "carried"),
    [
        (["train", "--api-key", "hidden"], ["train", "--api-key", LEFT_OUT]),
        (["train", "--password=my hidden"], ["train", f"--password={LEFT_OUT}"]),
        (["env", "PGPASSWORD=hidden", "psql"], ["env", f"PGPASSWORD={LEFT_OUT}", "psql"]),
        (["curl", "-u", "me:hidden", "https://x"], ["curl", "-u", f"me:{LEFT_OUT}", "https://x"]),
        (["curl", "-H", "X-Api-Key: hidden"], ["curl", "-H", f"X-Api-Key: {LEFT_OUT}"]),
        (["curl", "-H", "Authorization: token hidden"], ["curl", "-H", f"Authorization: {LEFT_OUT}"]),
        (["curl", "https://me:hidden@x/?sig=hidden&a=b"], ["curl", f"https://{LEFT_OUT}@x/?sig={LEFT_OUT}&a=b"]),
        (["sh", "-c", "run --secret hidden; TOKEN='hid den' ls"], ["sh", "-c", "run --secret {0}; TOKEN={0} ls"]),
        (["env", "TOKEN=hid den", "ls"], ["env", "TOKEN={0}", "ls"]),
        (["sh", "-c", '{"password": "hidden"}'], ["sh", "-c", '{"password": <left-out>}']),
        (["x", "ghp_" + "a1" * 18], ["x", LEFT_OUT]),
        (["python", "train.py", "--tokenizer", "bpe", "--max-tokens=512"], None),
        (["train", "--token-file", "/run/token", "--user", "me"], None),
        (["train", "--password", "$PASSWORD", "key=value", "https://x/a:b"], None),
    ],
)
def test_secrets_of_a_command_stay_behind(words: list[str], carried: list[str] | None) -> None:
    carried = [each.replace("{0}", LEFT_OUT) for each in carried or words]
    assert list(without_secret_words(words)) == carried
    assert list(without_secret_words(carried)) == carried


def test_a_backup_without_these_parts_is_one_of_before(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "workspace")
    back_up(registry.folder, tmp_path / "b.tar")
    assert json.loads(contents(tmp_path / "b.tar")[HEADER])["format"] == 1
    assert bring_back(tmp_path / "b.tar", tmp_path / "again").parts == []


def test_what_cannot_be_read_stays_behind_and_is_told(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "workspace")
    fill(registry.folder)
    damaged = {
        "batch/nightly/job.json": "The record of the batch job nightly cannot be read.",
        "drift/weekly/records/000000000005500.json": "cannot be read.",
        "rules/newest/state.json": "The rule newest cannot be read.",
        "events/receivers/ci/subscription.json": "The subscription ci cannot be read.",
    }
    for name in damaged:
        (registry.folder / name).write_text('{"half')
    done = back_up(registry.folder, tmp_path / "b.tar")
    problems = [each for part in PARTS for each in part.problems(registry.folder, deep=False, cancel=CancelToken())]
    assert len(done.left_out) == len(problems) == len(damaged)
    for sentence, end in zip(done.left_out, damaged.values(), strict=True):
        assert sentence.endswith(end)
    assert all(fix for _, _, fix in problems)
    bring_back(tmp_path / "b.tar", tmp_path / "again")
    assert Receivers(tmp_path / "again").one("note").subscription().paused


def nothing_comes_of(path: Path, home: Path) -> ScoredockError:
    """Restoring is refused, and nothing is left of it."""
    workspaces = Workspaces(home)
    workspaces.list()
    before = sorted(each.name for each in (home / "workspaces").iterdir())

    def fill(folder: Path) -> Any:
        return bring_back(path, folder).header["workspace"]

    with pytest.raises(ScoredockError) as caught:
        workspaces.intake.take_in(fill, "")
    assert sorted(each.name for each in (home / "workspaces").iterdir()) == before
    assert caught.value.code == "backup-invalid"
    return caught.value


def _with(member: str, **fields: Any) -> Callable[[dict[str, bytes]], dict[str, bytes | None]]:
    """A document of the backup with other fields; `__` leads into one."""

    def changed(members: dict[str, bytes]) -> dict[str, bytes | None]:
        document = json.loads(members[member])
        for key, value in fields.items():
            *path, last = key.split("__")
            place = document
            for each in path:
                place = place[each]
            place[last] = value
        return {member: json.dumps(document).encode()}

    return changed


RULE, STATE, HOOK = "rules/newest/rule.json", "rules/newest/state.json", "events/receivers/ci/subscription.json"
PLAN, JOB = "drift/weekly/schedule.json", "batch/nightly/job.json"


@pytest.mark.parametrize(
    "change",
    [
        _with(RULE, name="other"),
        _with(RULE, service="../../evil"),
        _with(RULE, model=["m"]),
        _with(RULE, conditions__command="rm -rf"),
        _with(RULE, conditions__seconds=-1),
        _with(RULE, canary__shares=[50, 10]),
        _with(RULE, canary__shares=["a"]),
        _with(RULE, created=float("nan")),
        _with(RULE, sets_alias="../x"),
        lambda _: {RULE: None},
        lambda _: {RULE: b"[" * 100_000},
        lambda _: {STATE: b"\xff\xfe"},
        lambda _: {STATE: b" " * ((16 << 20) + 1)},
        _with(STATE, candidate__step="evil"),
        _with(STATE, history=[{"time": "now", "version": 1, "what": "seen"}]),
        _with(STATE, outcomes={"1": {"outcome": "none", "reason": "", "code": "", "time": 1}}),
        lambda members: {"rules/second/rule.json": members[RULE].replace(b'"newest"', b'"second"')},
        _with(HOOK, url="file:///etc/passwd"),
        _with(HOOK, url=""),
        _with(HOOK, command=["sh", "-c", "evil"]),
        _with(HOOK, name="other"),
        _with(HOOK, attempts=0),
        _with(HOOK, timeout="30"),
        _with(HOOK, more=1),
        lambda members: {
            f"events/receivers/n{number}/subscription.json": members[HOOK].replace(b'"ci"', f'"n{number}"'.encode())
            for number in range(20)
        },
        _with(PLAN, every="often"),
        _with(PLAN, retrain="evil"),
        _with(PLAN, choices__python=7),
        lambda _: {"drift/weekly/records/000000000005500.json": b'{"kind": "drift", "created": 1}'},
        lambda _: {"drift/weekly/state.json": b'{"evil": 1}'},
        _with(JOB, name="other"),
        _with(JOB, configuration__run_max_try=0),
        _with(JOB, output=7),
        lambda _: {"batch/nightly/state.json": b"{}"},
        lambda _: {JOB: None},
        lambda _: {"rules/newest/evil.json": b"{}"},
        lambda _: {"rules/../evil.json": b"{}"},
        lambda _: {"rules/.newest/rule.json": b"{}"},
        lambda _: {"events/receivers/ci/secret": SECRET.encode()},
        lambda _: {"events/receivers/ci/state.json": b"{}"},
        lambda _: {"events/delivering": b""},
        lambda _: {"drift/weekly/retrain.log": b""},
        lambda _: {"batch/nightly/azureml-app/score.py": b"evil"},
        lambda _: {"audit/000000000001.jsonl": b"{}"},
    ],
)
def test_a_bad_part_gives_no_workspace(packed: Path, tmp_path: Path, change: Callable[[Any], Any]) -> None:
    rewritten(packed, tmp_path / "bad.tar", change(contents(packed)))
    message = nothing_comes_of(tmp_path / "bad.tar", tmp_path / "home").message
    assert message.startswith(f"The backup {tmp_path / 'bad.tar'} is damaged: ")


def test_a_hostile_backup_does_not_start_anything(packed: Path, tmp_path: Path) -> None:
    """One that says of itself that nothing is paused, and that its jobs have interpreters."""
    members = contents(packed)
    changes: dict[str, bytes | None] = {
        **_with(RULE, paused=False)(members),
        **_with(HOOK, paused=False)(members),
        **_with(PLAN, paused=False)(members),
        **_with(JOB, python="/tmp/evil")(members),
    }
    rewritten(packed, tmp_path / "bad.tar", changes)
    bring_back(tmp_path / "bad.tar", tmp_path / "again")
    assert rule_folder(tmp_path / "again", "newest").rule().paused
    assert Receivers(tmp_path / "again").one("ci").subscription().paused
    schedule = monitor(tmp_path / "again", "weekly").schedule()
    assert schedule is not None
    assert schedule.paused
    assert JobFolder(tmp_path / "again" / "batch" / "nightly").job().python == ""


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=rounds(gate=25, long=400), suppress_health_check=list(HealthCheck))
@given(place=st.integers(0, 10_000), value=_VALUES)
def test_any_value_anywhere_is_taken_or_refused_in_a_sentence(
    packed: Path, tmp_path_factory: pytest.TempPathFactory, place: int, value: Any
) -> None:
    """One value of a document is replaced by another: what comes of it can be listed and backed up, or nothing does."""
    base = tmp_path_factory.mktemp("any")
    members = contents(packed)
    names = sorted(name for name in members if name.endswith(".json") and name.split("/")[0] in _FOLDERS)
    name = names[place % len(names)]
    document = json.loads(members[name])
    spots = list(_spots(document))
    where, key = spots[place // len(names) % len(spots)]
    where[key] = value
    rewritten(packed, base / "any.tar", {name: json.dumps(document).encode()})
    code = ""
    try:
        bring_back(base / "any.tar", base / "again")
    except ScoredockError as error:
        code = error.code
    assert code in ("", "backup-invalid")
    if code:
        return
    assert [each for part in PARTS for each in part.problems(base / "again", deep=False, cancel=CancelToken())] == []
    assert back_up(base / "again", base / "c.tar").left_out == []


_FOLDERS = ("rules", "events", "drift", "batch")


def _spots(document: Any) -> Any:
    """Each place of a value, however deep."""
    for key, value in document.items() if isinstance(document, dict) else enumerate(document):
        yield document, key
        if isinstance(value, dict | list):
            yield from _spots(value)


def test_cut_and_flipped_in_these_parts(packed: Path, tmp_path: Path) -> None:
    whole = packed.read_bytes()
    with tarfile.open(packed) as archive:
        spots = [each.offset_data + each.size // 2 for each in archive if each.name.split("/")[0] in _FOLDERS]
        begin = min(each.offset for each in archive if each.name.split("/")[0] in _FOLDERS)
    bad = tmp_path / "bad.tar"
    for spot in spots:
        bad.write_bytes(whole[:spot] + bytes([whole[spot] ^ 1]) + whole[spot + 1 :])
        nothing_comes_of(bad, tmp_path / "home")
    for length in random.Random(4).sample(range(begin, len(whole)), 10):
        bad.write_bytes(whole[:length])
        nothing_comes_of(bad, tmp_path / "home")
