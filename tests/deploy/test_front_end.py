"""What a deployment configuration asks of the front end, and keys and tokens through the life of a service."""

from __future__ import annotations

import dataclasses
import http.client
import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from scoredock.analysis.facts import Facts
from scoredock.checks.configs.deployment.check import parse_deployment
from scoredock.contrib.profiling.domain.load import LoadPlan
from scoredock.contrib.profiling.domain.profile import profile
from scoredock.deploy_options import Auth
from scoredock.engines.front_end import FrontEnd, front_end_from_json, front_end_to_json
from scoredock.errors import ScoredockError
from scoredock.progress import CancelToken, Silent
from scoredock.services.access.access_file import FILE, Access, read_access, token_of
from scoredock.services.folders import service_folder
from scoredock.services.planning.front_end import FrontEndRequest, front_end_of
from scoredock.services.request import UpdateRequest

from certificates import pair
from scoredock_runtime.contract import Liveness

ECHO = "import json\n\ndef init(): pass\n\ndef run(data): return json.loads(data)\n"


def front_end_request(path: Path | None = None, auth: Auth = "", **keys: Any) -> FrontEndRequest:
    path = path or Path("/p/deploymentconfig.json")
    config, _ = parse_deployment(json.dumps(keys), Facts(path=str(path)))
    assert config is not None
    return front_end_of(config, path, auth=auth)


# ------------------------------------------------------------------------------------------------- what is asked


@pytest.mark.parametrize("target", ["local", "aci"])
def test_plain_local_and_aci_services_have_no_front_end(target: str) -> None:
    assert front_end_request(computeType=target).front == FrontEnd()
    assert FrontEnd().liveness == Liveness(10.0, 310.0, 2.0, 1, 30)


def test_aks_has_the_defaults_that_a_client_notices() -> None:
    front = front_end_request(computeType="AKS").front
    assert (front.authentication, front.scoring_timeout) == ("keys", 60.0)
    assert (front.max_concurrent_requests, front.max_queue_wait, front.worker_count) == (0, 0.0, 1)
    assert front.liveness == Liveness(10.0, 310.0, 2.0, 1, 3)


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ({"computeType": "aci", "authEnabled": True}, "keys"),
        ({"computeType": "aci", "authEnabled": None}, ""),
        ({"computeType": "aks", "authEnabled": False}, ""),
        ({"computeType": "aks", "authEnabled": None}, "keys"),
        ({"computeType": "aks", "tokenAuthEnabled": True}, "tokens"),
        ({"computeType": "aks", "tokenAuthEnabled": True, "authEnabled": False}, "tokens"),
        ({"computeType": "aci", "tokenAuthEnabled": True}, ""),
        ({"computeType": "local", "authEnabled": True}, "keys"),
        ({"computeType": "local", "tokenAuthEnabled": True}, "tokens"),
        ({"computeType": "aksendpoint"}, "keys"),
    ],
)
def test_who_is_asked_for_what(keys: dict[str, Any], wanted: str) -> None:
    assert front_end_request(**keys).front.authentication == wanted


@pytest.mark.parametrize(("auth", "wanted"), [("keys", "keys"), ("tokens", "tokens"), ("none", "")])
def test_what_is_said_by_hand_goes_before_the_file(auth: Auth, wanted: str) -> None:
    for keys in ({}, {"authEnabled": True}, {"authEnabled": False}, {"tokenAuthEnabled": True}):
        assert front_end_request(auth=auth, computeType="aks", **keys).front.authentication == wanted


def test_every_field_that_holds_here() -> None:
    found = front_end_request(
        computeType="aks",
        authEnabled=True,
        keys={"primaryKey": "first-key", "secondaryKey": "second-key"},
        scoringTimeoutMs=1500,
        maxConcurrentRequestsPerContainer=4,
        maxQueueWaitMs=250,
        numReplicas=3,
        dataCollection={"storageEnabled": True},
        livenessProbeRequirements={
            "periodSeconds": 5,
            "initialDelaySeconds": 7,
            "timeoutSeconds": 3,
            "successThreshold": 2,
            "failureThreshold": 4,
        },
    )
    assert found.front == FrontEnd(
        authentication="keys",
        worker_count=3,
        max_concurrent_requests=4,
        max_queue_wait=0.25,
        scoring_timeout=1.5,
        liveness=Liveness(5.0, 7.0, 3.0, 2, 4),
        collect_data=True,
    )
    assert (found.keys.primary, found.keys.secondary) == ("first-key", "second-key")
    assert "first-key" not in repr(found)
    assert "first-key" not in " ".join(found.notes)


def test_what_files_for_local_and_aci_turn_on() -> None:
    front = front_end_request(
        computeType="local", scoringTimeoutMs=1500, numReplicas=2, maxConcurrentRequestsPerContainer=3
    ).front
    assert (front.scoring_timeout, front.worker_count, front.max_concurrent_requests) == (1.5, 2, 3)
    for target in ("local", "aci"):
        assert front_end_request(computeType=target, appInsightsEnabled=True).front.telemetry


def test_one_limit_brings_the_default_of_the_other() -> None:
    assert front_end_request(computeType="aks", maxQueueWaitMs=100).front.max_concurrent_requests == 1
    assert front_end_request(computeType="aks", maxConcurrentRequestsPerContainer=8).front.max_queue_wait == 0.5


def test_a_secondary_key_alone_counts_for_nothing() -> None:
    assert front_end_request(computeType="aci", authEnabled=True, keys={"secondaryKey": "alone"}).keys.secondary == ""


def test_keys_of_another_compute_type_are_passed_over() -> None:
    front = front_end_request(
        computeType="aci", scoringTimeoutMs=5, numReplicas=4, maxConcurrentRequestsPerContainer=2
    ).front
    assert front == FrontEnd()


def test_the_notes_say_what_holds_and_what_does_not() -> None:
    notes = " ".join(
        front_end_request(
            computeType="aks",
            numReplicas=2,
            gpuCores=1,
            appInsightsEnabled=False,
            containerResourceRequirements={"cpu": 1},
            namespace="lab",
        ).notes
    )
    for words in ("is for aks", "keys", "2 workers", "60 s", "resources", "GPUs", "namespace"):
        assert words in notes
    assert "Application Insights" not in notes
    assert "OpenTelemetry" in " ".join(front_end_request(computeType="aci", appInsightsEnabled=True).notes)
    assert front_end_request(computeType="local", authEnabled=True).notes == ()


def test_in_a_cluster_the_notes_say_what_is_different_there() -> None:
    written = {
        "computeType": "aks",
        "autoScaler": {
            "autoscaleEnabled": True,
            "maxReplicas": 3,
            "refreshPeriodInSeconds": 2,
            "targetUtilization": 60,
        },
        "containerResourceRequirements": {"cpu": 1},
        "dataCollection": {"storageEnabled": True},
        "livenessProbeRequirements": {"successThreshold": 2},
        "gpuCores": 1,
        "namespace": "lab",
        "computeTargetName": "other",
    }
    assert cluster_notes(**written) == [
        "Used from deploymentconfig.json, defaults included: keys, a response within 60 s, data collection,"
        " autoscaling from 1 to 3 replicas at 60%, resources, GPUs, the liveness probe, namespace.",
        "Not used from deploymentconfig.json: how often the autoscaler looks, more than one success of the liveness"
        " probe, the compute target other.",
        "What the service collects is in its pods and goes with them. It is copied to this machine about every ten"
        " seconds while somebody looks at the service, and before an update or a stop ends them.",
    ]
    fixed = cluster_notes(computeType="aks", numReplicas=100, authEnabled=False, computeTargetName="PROD")
    used = "Used from deploymentconfig.json, defaults included: a response within 60 s, the number of replicas."
    assert fixed == [used]
    (first, *_, last) = cluster_notes(computeType="aci", location="eastus", authEnabled=True)
    assert first == "The service is one for aci by deploymentconfig.json, and runs in the cluster prod."
    assert last == "Not used from deploymentconfig.json: region."


def cluster_notes(**written: Any) -> list[str]:
    path = Path("/p/deploymentconfig.json")
    config, _ = parse_deployment(json.dumps(written), Facts(path=str(path)))
    assert config is not None
    return list(front_end_of(config, path, contained=True, cluster="prod").notes)


def test_more_replicas_than_a_machine_should_run() -> None:
    found = front_end_request(computeType="aks", numReplicas=1000)
    assert found.front.worker_count == 64
    assert any("1000 replicas" in note for note in found.notes)


def test_the_ledger_gives_back_what_it_was_given() -> None:
    front = front_end_request(
        computeType="aks", scoringTimeoutMs=5, livenessProbeRequirements={"periodSeconds": 1}
    ).front
    assert front_end_from_json(json.loads(json.dumps(front_end_to_json(front)))) == front
    assert front_end_from_json(None) == FrontEnd()
    assert front_end_from_json({**front_end_to_json(front), "of a newer program": 1}) == front


@pytest.mark.parametrize("kind", ["aks", "aksendpoint"])
def test_sslEnabled_of_aks_is_obeyed_or_its_lack_of_a_certificate_told(kind: str, tmp_path: Path) -> None:
    """Where it was passed over, callers spoke plain HTTP to a service that was to have a certificate."""
    pair(tmp_path)
    path, values = tmp_path / "deploymentconfig.json", {"computeType": kind, "sslEnabled": True}
    request = front_end_request(path, **values, sslCertificate="own.pem", sslKey="own-key.pem")
    assert request.front.certificate == str(tmp_path / "own.pem")
    assert any("TLS" in note and "Used from" in note for note in request.notes)
    alone = front_end_request(path, **values)
    assert alone.front.certificate == "", "as in Azure, where the cluster has the certificate"
    assert any("has no certificate" in note and "speaks HTTP" in note for note in alone.notes)
    assert not any("sslEnabled" in note for note in front_end_request(path, computeType=kind, sslEnabled=False).notes)
    with pytest.raises(ScoredockError) as refused:
        front_end_request(path, **values, sslCertificate="own.pem")
    assert refused.value.code == "deploy-input-missing"


def test_certificates_are_found_beside_the_file_and_above(tmp_path: Path) -> None:
    pair(tmp_path)
    below = tmp_path / "deploy" / "deploymentconfig.json"
    below.parent.mkdir()
    told = {
        "computeType": "aci",
        "sslEnabled": True,
        "sslCertificate": "own.pem",
        "sslKey": "own-key.pem",
        "cname": "a.b",
    }
    front = front_end_request(below, **told).front
    assert (front.certificate, front.certificate_key) == (str(tmp_path / "own.pem"), str(tmp_path / "own-key.pem"))
    with pytest.raises(ScoredockError) as missing:
        front_end_request(below, **{**told, "sslKey": "nowhere.pem"})
    assert missing.value.code == "file-not-found"
    assert front_end_request(below, **{**told, "sslEnabled": False}).front.certificate == ""


# ------------------------------------------------------------------------------------------------- keys


def configured(place: Any, **keys: Any) -> str:
    return str(place.write("deploymentconfig.json", json.dumps(keys)))


def ask(view: Any, key: str = "", body: str = "[1]") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", view.port, timeout=20)
    try:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
        connection.request("POST", "/score", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.long("test_keys_are_turned_on_and_off_by_an_update asks without a key, tests/cli has the refusals")
def test_a_plain_service_asks_nobody_for_a_key(place: Any) -> None:
    view = place.deploy(ECHO)
    assert view.authentication == ""
    assert ask(view) == (200, b"[1]")
    credentials = place.deployments.credentials
    for verb, code in ((credentials.keys, "service-keys-off"), (credentials.token, "service-tokens-off")):
        with pytest.raises(ScoredockError) as off:
            verb("svc-one")
        assert off.value.code == code


def test_keys_are_made_kept_and_sent(place: Any) -> None:
    view = place.deploy(ECHO, deployment_config=configured(place, computeType="aks"))
    assert view.authentication == "keys"
    primary, secondary = place.deployments.credentials.keys("svc-one")
    assert len(primary) >= 40
    assert primary != secondary
    assert ask(view)[0] == 401
    assert ask(view, primary) == ask(view, secondary) == (200, b"[1]")
    assert place.answer() == "[1]"
    assert place.deployments.client.sample("svc-one").body
    measured = profile(place.deployments, "svc-one", rows="", plan=LoadPlan(5), progress=Silent(), cancel=CancelToken())
    assert "401" not in measured.error
    refused = place.deployments.client.call("svc-one", b"[1]", credential="wrong")
    assert (refused.status, refused.problem) == (401, "service-key-refused")
    assert "Copy the key of the service" in refused.advice
    assert place.deployments.client.call("svc-one", b"[1]", credential="").status == 401
    # Through an update, a stop and a start, and from another process.
    place.deployments.update("svc-one", UpdateRequest())
    assert place.deployments.credentials.keys("svc-one") == (primary, secondary)
    place.deployments.stop("svc-one")
    view = place.deployments.start("svc-one")
    assert place.again().credentials.keys("svc-one") == (primary, secondary)
    assert ask(view, primary) == (200, b"[1]")


def test_no_key_is_anywhere_but_in_its_own_file(place: Any, told: Any) -> None:
    given = "canary-key-of-a-file-0123456789"
    config = configured(place, computeType="aci", authEnabled=True, keys={"primaryKey": given})
    view = place.deploy(ECHO, deployment_config=config, progress=told)
    secondary = place.deployments.credentials.keys("svc-one")[1]
    assert place.deployments.credentials.keys("svc-one")[0] == given
    assert ask(view, given) == ask(view, secondary) == (200, b"[1]")
    place.deployments.client.call("svc-one", b"[1]")
    renewed = place.deployments.credentials.regenerate_key("svc-one", "primary")[0]
    place.deployments.stop("svc-one")
    place.deployments.start("svc-one")
    folder = service_folder(place.workspace, "svc-one")
    holders = [
        path
        for path in place.workspace.rglob("*")
        if path.is_file() and any(key.encode() in path.read_bytes() for key in (given, secondary, renewed))
    ]
    assert holders == [folder / FILE]
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    assert given not in "\n".join([*told.messages, *told.lines])
    import psutil

    for process in psutil.process_iter():
        try:
            seen = " ".join([*process.cmdline(), *process.environ().values()])
        except psutil.Error:
            continue
        if process.pid != os.getpid():
            assert secondary not in seen
            assert renewed not in seen


def test_the_key_of_the_file_is_taken_once_and_again_when_the_file_changes(place: Any) -> None:
    def file(key: str) -> str:
        return configured(
            place, computeType="aci", authEnabled=True, keys={"primaryKey": key, "secondaryKey": "other-key"}
        )

    place.deploy(ECHO, deployment_config=file("first-of-the-file"))
    assert place.deployments.credentials.keys("svc-one") == ("first-of-the-file", "other-key")
    renewed, _ = place.deployments.credentials.regenerate_key("svc-one", "Primary")
    place.deployments.update("svc-one", UpdateRequest())
    assert place.deployments.credentials.keys("svc-one")[0] == renewed
    file("second-of-the-file")
    place.deployments.update("svc-one", UpdateRequest())
    assert place.deployments.credentials.keys("svc-one")[0] == "second-of-the-file"
    assert place.answer() == "[1]"


def test_a_refused_update_leaves_the_old_keys(place: Any) -> None:
    view = place.deploy(ECHO, deployment_config=configured(place, computeType="aks"))
    before = place.deployments.credentials.keys("svc-one")
    place.write("score.py", "def init(): raise ValueError('no')\n\ndef run(data): return 1\n")
    configured(place, computeType="aks", keys={"primaryKey": "key-of-the-refused-one"})
    with pytest.raises(ScoredockError) as refused:
        place.deployments.update("svc-one", UpdateRequest())
    assert refused.value.code == "init-failed"
    assert place.deployments.credentials.keys("svc-one") == before
    assert ask(view, before[0]) == (200, b"[1]")
    assert ask(view, "key-of-the-refused-one")[0] == 401


def test_keys_are_turned_on_and_off_by_an_update(place: Any) -> None:
    view = place.deploy(ECHO, deployment_config=configured(place, computeType="aci"))
    assert ask(view)[0] == 200
    configured(place, computeType="aci", authEnabled=True)
    view = place.deployments.update("svc-one", UpdateRequest())
    assert (view.authentication, ask(view)[0]) == ("keys", 401)
    primary = place.deployments.credentials.keys("svc-one")[0]
    assert ask(view, primary)[0] == 200
    configured(place, computeType="aci", authEnabled=False)
    view = place.deployments.update("svc-one", UpdateRequest())
    assert (view.authentication, ask(view)[0]) == ("", 200)


@pytest.mark.parametrize(
    "which",
    [
        pytest.param(
            "Primary", marks=pytest.mark.long("of the same change of the other key; the gate has the secondary")
        ),
        "secondary",
    ],
)
def test_a_key_is_regenerated_without_a_restart(place: Any, which: str) -> None:
    view = place.deploy(ECHO, deployment_config=configured(place, computeType="aks"))
    before = place.deployments.credentials.keys("svc-one")
    index = 0 if which == "Primary" else 1
    kept = before[1 - index]
    over, seen = threading.Event(), []

    def keep_asking() -> None:
        while not over.is_set():
            seen.append(ask(view, kept)[0])

    caller = threading.Thread(target=keep_asking)
    caller.start()
    after = place.deployments.credentials.regenerate_key("svc-one", which)
    over.set()
    caller.join()
    assert set(seen) <= {200}
    assert after[1 - index] == kept
    assert after[index] != before[index]
    assert ask(view, before[index])[0] == 401
    assert ask(view, after[index])[0] == 200
    assert place.deployments.service("svc-one").restarts == 0
    assert place.deployments.credentials.regenerate_key("svc-one", which, "a-key-of-my-own")[index] == "a-key-of-my-own"
    assert ask(view, "a-key-of-my-own")[0] == 200


@pytest.mark.long("the same as after a killed renewal, which the gate has")
def test_a_stopped_service_starts_with_the_key_that_was_made_meanwhile(place: Any) -> None:
    place.deploy(ECHO, deployment_config=configured(place, computeType="aks"))
    place.deployments.stop("svc-one")
    primary = place.deployments.credentials.regenerate_key("svc-one", "primary")[0]
    view = place.deployments.start("svc-one")
    assert ask(view, primary)[0] == 200


def test_what_cannot_be_a_key(place: Any) -> None:
    place.deploy(ECHO, deployment_config=configured(place, computeType="aks"))
    before = place.deployments.credentials.keys("svc-one")
    for which, value, words in (
        ("", "", "Must specify which key"),
        ("Third", "", "Invalid value provided for key: Third. Valid options are: Primary, Secondary."),
        ("Primary", "with blank", "without spaces"),
        ("Primary", "a,b", "without spaces and commas"),
        ("Primary", "schlüssel", "ASCII"),
        ("Primary", "x" * 257, "1 to 256"),
        ("Primary", "line\nend", "ASCII"),
    ):
        with pytest.raises(ScoredockError) as invalid:
            place.deployments.credentials.regenerate_key("svc-one", which, value)
        assert invalid.value.code == "service-key-invalid"
        assert words in invalid.value.message
    assert place.deployments.credentials.keys("svc-one") == before


def test_a_deployment_with_a_key_that_cannot_be_sent_is_refused(place: Any) -> None:
    config = configured(place, computeType="aks", keys={"primaryKey": "two words"})
    assert place.refused(ECHO, deployment_config=config).code == "service-key-invalid"


@pytest.mark.chance
def test_a_renewal_whose_writer_was_killed_leaves_a_stopped_service_stopped(place: Any) -> None:
    place.deploy(ECHO, deployment_config=configured(place, computeType="aks"))
    place.deployments.stop("svc-one")
    with place.registry.store.write() as connection:
        connection.execute(
            "INSERT INTO intents (service, verb, revision, phase, writer_pid, writer_started, begun)"
            " VALUES ('svc-one', 'keys', 0, '', 999999, 1.0, 1.0)"
        )
    assert [view.state for view in place.deployments.services()] == ["Stopped"]
    primary = place.deployments.credentials.regenerate_key("svc-one", "primary")[0]
    assert ask(place.deployments.start("svc-one"), primary)[0] == 200


@pytest.mark.long("of a file that somebody changed by hand")
def test_a_damaged_key_file_is_told_and_can_be_replaced(place: Any) -> None:
    place.deploy(ECHO, deployment_config=configured(place, computeType="aks"))
    path = service_folder(place.workspace, "svc-one") / FILE
    for damaged in ("", "{", "[]", '{"primary": 1}', '{"primary": "a", "secondary": "b", "token_secret": "zz"}'):
        path.write_text(damaged)
        with pytest.raises(ScoredockError) as told:
            place.deployments.credentials.keys("svc-one")
        assert told.value.code == "file-unreadable"
    path.unlink()
    place.deployments.restart("svc-one")
    assert place.answer() == "[1]"


@pytest.mark.long("test_life.py asks that the folder is gone")
def test_the_folder_is_gone_with_the_service(place: Any) -> None:
    place.deploy(ECHO, deployment_config=configured(place, computeType="aks"))
    folder = service_folder(place.workspace, "svc-one")
    first = read_access(folder)
    place.deployments.delete("svc-one")
    assert read_access(folder) is None
    place.deploy(ECHO, deployment_config=configured(place, computeType="aks"))
    assert read_access(folder) != first


# ------------------------------------------------------------------------------------------------- tokens


@pytest.mark.long("tests/cli/test_service_tools.py asks for tokens, tests/runtime refuses others")
def test_tokens_open_and_are_renewed_by_asking_again(place: Any) -> None:
    view = place.deploy(ECHO, deployment_config=configured(place, computeType="aks", tokenAuthEnabled=True))
    assert view.authentication == "tokens"
    token = place.deployments.credentials.token("svc-one")
    assert token.token_type == "Bearer"
    assert token.refresh_after < token.expiry_on
    assert ask(view, token.access_token)[0] == 200
    assert ask(view)[0] == 401
    assert place.answer() == "[1]"
    assert place.deployments.client.call("svc-one", b"[1]", credential="no").problem == "service-token-refused"
    with pytest.raises(ScoredockError) as off:
        place.deployments.credentials.keys("svc-one")
    assert "uses tokens" in off.value.message


def test_a_token_is_good_for_an_hour() -> None:
    token = token_of(Access("first", "second", "5e" * 32), "svc-one", 1_800_000_000.0)
    assert token.expiry_on == 1_800_000_000.0 + 3600
    assert 1_800_000_000.0 < token.refresh_after < token.expiry_on


# ------------------------------------------------------------------------------------------------- the rest


def test_a_service_over_https(place: Any) -> None:
    pair(place.project)
    config = configured(
        place,
        computeType="aci",
        authEnabled=True,
        sslEnabled=True,
        sslCertificate="own.pem",
        sslKey="own-key.pem",
        cname="models.contoso.com",
    )
    view = place.deploy(ECHO, deployment_config=config)
    assert view.scoring_uri.startswith("https://")
    assert place.answer() == "[1]"
    assert place.deployments.service("svc-one").state == "Healthy"
    # The person's files move away; the service does not need them any more.
    (place.project / "own-key.pem").unlink()
    place.deployments.restart("svc-one")
    assert place.answer() == "[1]"
    copies = [path for path in place.workspace.rglob("key.pem") if "services" in path.parts]
    assert [stat.S_IMODE(path.stat().st_mode) for path in copies] == [0o600]


@pytest.mark.long("the gate keeps keys through an update and the certificate through a restart")
def test_a_reload_keeps_keys_and_certificate(place: Any) -> None:
    pair(place.project)
    config = configured(
        place,
        computeType="local",
        authEnabled=True,
        sslEnabled=True,
        sslCertificate="own.pem",
        sslKey="own-key.pem",
    )
    place.deploy(ECHO, deployment_config=config)
    keys = place.deployments.credentials.keys("svc-one")
    place.write("score.py", ECHO.replace("return json.loads(data)", "return 'reloaded'"))
    view = place.deployments.reload("svc-one").service
    assert view.scoring_uri.startswith("https://")
    assert place.answer() == '"reloaded"'
    assert place.deployments.credentials.keys("svc-one") == keys
    assert place.deployments.client.call("svc-one", b"1", credential=keys[1]).status == 200
    assert place.deployments.client.call("svc-one", b"1", credential="").status == 401


def test_a_certificate_that_cannot_be_used(place: Any) -> None:
    pair(place.project)
    config = configured(place, computeType="local", sslEnabled=True, sslCertificate="own.pem", sslKey="own.pem")
    error = place.refused(ECHO, deployment_config=config)
    assert error.code == "tls-invalid"
    assert error.message.startswith("HTTPS cannot be served: The TLS key")
    assert f"{place.project / 'own.pem'} cannot be used: it holds a certificate" in error.message


def test_limits_reach_the_service(place: Any) -> None:
    script = "import json, time\n\ndef init(): pass\n\ndef run(data):\n    time.sleep(json.loads(data))\n    return 1\n"
    config = configured(place, computeType="aks", authEnabled=False, scoringTimeoutMs=400, numReplicas=2)
    view = place.deploy(script, deployment_config=config)
    assert ask(view, body="20")[0] == 504
    assert ask(view, body="0")[0] == 200
    spec = json.loads((service_folder(place.workspace, "svc-one") / "spec.json").read_text())
    assert (spec["worker_count"], spec["metrics"], spec["strict"]) == (2, True, False)


@pytest.mark.long("tests/cli/test_service_tools.py runs a new project, which is strict")
def test_strict_is_what_the_project_says(place: Any) -> None:
    place.write("pyproject.toml", "[tool.scoredock]\nstrict = true\n")
    place.deploy(ECHO)
    spec = json.loads((service_folder(place.workspace, "svc-one") / "spec.json").read_text())
    assert (spec["strict"], spec["request_log"]) == (True, "ids")


def test_a_launch_says_nothing_of_keys() -> None:
    fields = {each.name for each in dataclasses.fields(FrontEnd)}
    assert not {name for name in fields if "secret" in name or name.endswith("_token")}
