"""Webhooks: what arrives, in which form, signed, and what a receiver is asked before."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import urllib.request
from pathlib import Path

import pytest

from events.conftest import Terminal, deliverers
from events.receivers import Receiver

AZURE = "Microsoft.MachineLearningServices"
QUICK = ("--max-pause", "0.2")


def test_a_cloud_event_arrives_with_no_editor_open(terminal: Terminal, receiver: Receiver) -> None:
    terminal.json("event", "subscribe", "ci", "--url", receiver.url)
    terminal.json(
        "model", "register", str(_file(terminal)), "--name", "diabetes", "--tag", "area=health", "--property", "a=b"
    )
    event = receiver.await_count(1)[0]
    assert event["specversion"] == "1.0"
    assert event["type"] == f"{AZURE}.ModelRegistered"
    assert event["subject"] == "models/diabetes:1"
    assert event["source"].endswith("/providers/Microsoft.MachineLearningServices/workspaces/local")
    assert event["attempt"] == 1
    data = {
        "modelName": "diabetes",
        "modelVersion": "1",
        "modelTags": {"area": "health"},
        "modelProperties": {"a": "b"},
    }
    assert event["data"] == data
    assert receiver.requests[-1].headers["content-type"].startswith("application/cloudevents+json")
    assert terminal.await_subscription("ci", lambda each: each["delivered"] == 1)["waiting"] == 0


def test_the_process_that_delivers_ends_when_all_is_delivered(terminal: Terminal, receiver: Receiver) -> None:
    terminal.json("event", "subscribe", "ci", "--url", receiver.url)
    terminal.register()
    receiver.await_count(1)
    for process in deliverers(terminal.workspace):
        process.wait(30)
    terminal.register()
    assert [each["subject"] for each in receiver.await_count(2)] == ["models/diabetes:1", "models/diabetes:2"]


def test_the_schema_of_event_grid(terminal: Terminal, receiver: Receiver) -> None:
    terminal.json("event", "subscribe", "azure", "--url", receiver.url, "--schema", "eventgrid")
    validation = receiver.requests[0]
    assert validation.headers["aeg-event-type"] == "SubscriptionValidation"
    assert validation.json[0]["eventType"] == "Microsoft.EventGrid.SubscriptionValidationEvent"
    assert validation.json[0]["data"]["validationUrl"].startswith("http://127.0.0.1:")
    terminal.register()
    receiver.await_that(lambda events: len(events) > 1)
    request = receiver.requests[-1]
    assert request.headers["aeg-event-type"] == "Notification"
    assert request.headers["aeg-subscription-name"] == "azure"
    assert request.headers["aeg-delivery-count"] == "0"
    (event,) = request.json
    assert set(event) == {"id", "topic", "subject", "eventType", "eventTime", "data", "dataVersion", "metadataVersion"}
    assert event["eventType"] == f"{AZURE}.ModelRegistered"
    assert set(event["data"]) == {"modelName", "modelVersion", "modelTags", "modelProperties"}


def test_signatures_are_those_of_standard_webhooks(terminal: Terminal, receiver: Receiver) -> None:
    secret = terminal.json("event", "subscribe", "ci", "--url", receiver.url)["secret"]
    assert "secret" not in json.dumps(terminal.json("event", "list")).replace('"secret": ""', "")
    terminal.json("event", "test", "ci")
    request = receiver.requests[-1]
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{expected}"


def test_a_secret_of_the_persons_own_and_none(terminal: Terminal, receiver: Receiver) -> None:
    own = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    (terminal.folder / "secret").write_text(own + "\n")
    answer = terminal.json("event", "subscribe", "ci", "--url", receiver.url, "--secret-file", "secret")
    assert (answer["secret"], answer["subscription"]["signed"]) == ("", True)
    terminal.json("event", "subscribe", "open", "--url", receiver.url, "--no-signature")
    terminal.json("event", "test", "open")
    assert "webhook-signature" not in receiver.requests[-1].headers
    (terminal.folder / "secret").write_text("whsec_kurz")
    refused = terminal.refused("event", "subscribe", "bad", "--url", receiver.url, "--secret-file", "secret")
    assert refused["code"] == "event-option-invalid"


def test_only_what_was_asked_for(terminal: Terminal, receiver: Receiver) -> None:
    words = ("--type", "model.*", "--type", "ModelRegistered", "--subject-begins-with", "models/iris")
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, *words)
    terminal.register("diabetes")
    terminal.register("iris")
    terminal.json("model", "alias", "iris:1", "champion")
    events = receiver.await_count(2)
    assert [each["type"] for each in events] == [f"{AZURE}.ModelRegistered", "io.scoredock.model.aliased"]
    assert {each["subject"] for each in events} == {"models/iris:1"}
    assert events[1]["data"]["alias"] == "champion"
    assert events[1]["data"]["door"] == "command line"


def test_what_has_happened_before_only_when_it_is_asked_for(terminal: Terminal, receiver: Receiver) -> None:
    terminal.register()
    terminal.json("event", "subscribe", "new", "--url", receiver.url)
    terminal.json("event", "subscribe", "old", "--url", receiver.url, "--from-start")
    events = receiver.await_count(1)
    assert [each["subject"] for each in events] == ["models/diabetes:1"]
    assert terminal.subscription("new")["delivered"] == 0


def test_batches_of_cloud_events(terminal: Terminal, receiver: Receiver) -> None:
    registry = terminal.registry()
    terminal.register()
    for number in range(30):
        registry.changes.alias("diabetes:1", f"a{number}")
    terminal.json("event", "subscribe", "ci", "--url", receiver.url, "--batch", "--from-start")
    receiver.await_count(31)
    posts = [each for each in receiver.requests if each.method == "POST"]
    assert all(each.headers["content-type"].startswith("application/cloudevents-batch+json") for each in posts)
    assert len(posts) < 10


def test_a_receiver_that_does_not_agree_gets_nothing(terminal: Terminal, receiver: Receiver) -> None:
    receiver.behaviour.allowed = ""
    refused = terminal.refused("event", "subscribe", "ci", "--url", receiver.url + "?code=geheim")
    assert refused["code"] == "event-handshake-refused"
    assert "geheim" not in json.dumps(refused)
    receiver.behaviour.allowed = "other.example.com"
    assert terminal.refused("event", "subscribe", "ci", "--url", receiver.url)["code"] == "event-handshake-refused"
    receiver.behaviour.validates = False
    words = ("event", "subscribe", "ci", "--url", receiver.url, "--schema", "eventgrid")
    assert terminal.refused(*words)["code"] == "event-handshake-refused"
    receiver.away()
    assert terminal.refused("event", "subscribe", "ci", "--url", receiver.url)["code"] == "event-receiver-unreachable"
    assert terminal.json("event", "list")["subscriptions"] == []


def test_the_validation_url_may_be_opened_by_hand(terminal: Terminal, receiver: Receiver) -> None:
    receiver.behaviour.validates = False

    def open_it() -> None:
        receiver.await_that(lambda _: bool(receiver.requests))
        url = receiver.requests[0].json[0]["data"]["validationUrl"]
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.status == 200

    thread = threading.Thread(target=open_it)
    thread.start()
    words = ("--schema", "eventgrid", "--wait-for-validation", "60")
    terminal.json("event", "subscribe", "azure", "--url", receiver.url, *words)
    thread.join()


def test_the_allowed_rate_is_kept(terminal: Terminal, receiver: Receiver) -> None:
    receiver.behaviour.rate = "6000"
    terminal.json("event", "subscribe", "ci", "--url", receiver.url)
    text = json.loads((terminal.workspace / "events" / "receivers" / "ci" / "subscription.json").read_text())
    assert text["rate"] == 6000


def test_spans_for_an_otlp_endpoint(terminal: Terminal, receiver: Receiver) -> None:
    terminal.json("event", "subscribe", "spans", "--url", receiver.url, "--schema", "otlp")
    terminal.register()
    receiver.await_that(lambda _: len(receiver.requests) == 1)
    (spans,) = receiver.requests[0].json["resourceSpans"][0]["scopeSpans"]
    (span,) = spans["spans"]
    assert (span["name"], len(span["traceId"]), len(span["spanId"])) == ("model.registered", 32, 16)
    attributes = {each["key"]: each["value"] for each in span["attributes"]}
    assert attributes["scoredock.modelName"] == {"stringValue": "diabetes"}


@pytest.mark.parametrize(
    "words",
    [
        pytest.param((), id="neither-url-nor-command"),
        pytest.param(("--url", "ftp://example.com"), id="no-http"),
        pytest.param(("--url", "http://example.com/ä b"), id="no-url"),
        pytest.param(("--url", "http://127.0.0.1:1", "--attempts", "0"), id="no-attempt"),
        pytest.param(("--url", "http://127.0.0.1:1", "--type", "ModelRegisterd"), id="no-type"),
        pytest.param(("--schema", "otlp", "--command", "true"), id="spans-for-a-command"),
        pytest.param(("--command", "no-such-program-anywhere"), id="no-program"),
    ],
)
def test_options_that_are_refused(terminal: Terminal, words: tuple[str, ...]) -> None:
    assert terminal.refused("event", "subscribe", "ci", *words)["code"] == "event-option-invalid"
    assert terminal.refused("event", "subscribe", "../ci", "--command", "true")["code"] == "event-option-invalid"
    assert not (terminal.workspace / "events").exists()


def test_a_subscription_is_deleted(terminal: Terminal, receiver: Receiver) -> None:
    terminal.json("event", "subscribe", "ci", "--url", receiver.url)
    assert terminal.json("event", "delete", "ci") == {"name": "ci", "waiting": 0}
    assert terminal.refused("event", "delete", "ci")["code"] == "event-subscription-missing"
    assert terminal.refused("event", "test", "ci")["code"] == "event-subscription-missing"
    terminal.register()
    assert terminal.json("event", "list") == {"subscriptions": [], "delivering": False}


def test_a_subscription_that_cannot_be_read_is_told_and_deleted(terminal: Terminal, receiver: Receiver) -> None:
    terminal.json("event", "subscribe", "ci", "--url", receiver.url)
    (terminal.workspace / "events" / "receivers" / "ci" / "subscription.json").write_text("{")
    assert "subscription.json" in terminal.subscription("ci")["error"]
    assert terminal.refused("event", "test", "ci")["code"] == "event-subscription-damaged"
    terminal.json("event", "delete", "ci")


def _file(terminal: Terminal) -> Path:
    path = terminal.folder / "model.txt"
    path.write_text("model")
    return path
