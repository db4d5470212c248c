"""Every request of `.http` files of published projects, in the request panel: opened by the line above it, shown as
REST Client reads it, and sent to a service that says what reached it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from workbench import until, until_contains, until_equal

if TYPE_CHECKING:
    from playwright.sync_api import Frame

    from desks import Desk

PUBLISHED = Path(__file__).parents[1] / "configs" / "http_files" / "published"
JUDGED: dict[str, list[dict[str, Any]]] = json.loads((PUBLISHED / "judged.json").read_text("utf-8"))
HERE = "{{service}}/score"
SCRIPT = '''"""Says what reached it."""

import base64

from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse


def init():
    print("up")


@rawhttp
def run(request):
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = base64.b64encode(request.get_data()).decode()
    return AMLResponse({"method": request.method, "headers": headers, "body": body}, 200, json_str=True)
'''
PDF = b"%PDF-1.4\n\xff\xfe\x00 no text"
REACHES_THE_SCRIPT = {"POST", "GET"}
"""What Azure ML's server lets through to a script."""


def addressed_here(text: str) -> str:
    """As a person does who points a file at a service: the address of each request, also where it is a variable."""
    text = re.sub(r"https://httpbin\.org/\w+", HERE, text)
    text = text.replace("{{SCHEMA_FOO}}://{{URL_ENDPOINT}}", HERE)
    return re.sub(r"^POST /post$", f"POST {HERE}", text, flags=re.MULTILINE)


def values(request: dict[str, Any], variables: dict[str, str]) -> dict[str, Any]:
    """What REST Client reads, with the variables of the file in place."""

    def put(text: str) -> str:
        return re.sub(r"\{\{(\w+)\}\}", lambda found: variables[found[1]], text)

    headers = {name.lower(): put(value) for name, value in request["headers"].items()}
    end = "\r\n" if "multipart" in headers["content-type"] else "\n"
    lines = [PDF if line.startswith("< ") else put(line).encode() for line in request["body"]]
    return {"method": request["method"], "headers": headers, "body": end.encode().join(lines)}


@pytest.fixture
def desk(open_desk: Callable[..., Desk], tmp_path: Path) -> Desk:
    folder = tmp_path / "published"
    (folder / "assets").mkdir(parents=True)
    (folder / "assets" / "sample.pdf").write_bytes(PDF)
    (folder / "score.py").write_text(SCRIPT)
    for name in JUDGED:
        path = folder / name
        path.parent.mkdir()
        path.write_text(addressed_here((PUBLISHED / name).read_text("utf-8")))
    return open_desk(folder)


@pytest.mark.long("an editor of its own, ten requests; tests/configs asks at the gate how the files are read")
def test_requests_of_three_published_projects_are_opened_and_sent(desk: Desk) -> None:
    window = desk.window
    desk.scoredock("service", "deploy", "echo", "--entry-script", str(desk.folder / "score.py"))
    window.side.show("Scoredock")
    window.side.wait_row("Services", "echo", "Healthy", timeout=60)
    for name, requests in JUDGED.items():
        text = (desk.folder / name).read_text()
        variables = dict(re.findall(r"^@(\w+)\s*=\s*(.*?)\s*$", text, flags=re.MULTILINE))
        lines = [number for number, line in enumerate(text.splitlines(), 1) if line.endswith(("HTTP/1.1", HERE))]
        assert len(lines) == len(requests)
        window.editor.open(name)
        for number, request in zip(lines, requests, strict=True):
            expected = values(request, variables)
            press_send(desk, number)
            panel = window.webview("Send")
            shown = request_shown(panel)
            if expected["headers"]["content-type"].startswith("multipart"):
                until(lambda panel=panel: panel.locator("#partRows tr").count() == 3, "the parts of the form")
            else:
                text = plain(expected["body"])
                until_equal(lambda shown=shown: plain(shown()[3].encode()), text)
            method, target, headers, _ = shown()
            assert (method, target) == (expected["method"], "/score")
            for header, value in expected["headers"].items():
                assert header == "content-type" or headers[header] == value
            if expected["method"] not in REACHES_THE_SCRIPT:
                until_contains(lambda panel=panel: panel.locator("#summary").inner_text(), "405")
                continue
            until_equal(lambda panel=panel: plain(arrived(panel).get("body")), plain(expected["body"]))
            response = arrived(panel)
            assert response["method"] == expected["method"]
            for header, value in expected["headers"].items():
                assert response["headers"][header] == value
        desk.picture(f"published-{name.split('/')[0]}")


def press_send(desk: Desk, line: int) -> None:
    """The line right above a request."""
    window = desk.window
    window.editor.reveal(line)
    lenses = window.page.locator(".part.editor .codelens-decoration a", has_text="Send to echo")
    cursor = window.page.locator(".part.editor .monaco-editor.focused .cursors-layer .cursor").first
    middles = """all => all.map(each => {
        const box = each.getBoundingClientRect();
        return [box.y + box.height / 2, box.x + box.width / 2];
    })"""
    seen: list[tuple[float, float] | None] = [None]

    def still() -> tuple[float, float] | None:
        """The place of the nearest one above the cursor, once lines that come have moved it."""
        here = cursor.bounding_box()
        above = [(y, x) for y, x in lenses.evaluate_all(middles) if here and here["y"] - 40 < y < here["y"]]
        seen.append(max(above, default=None))
        return seen[-1] if seen[-1] == seen[-2] else None

    y, x = until(still, f"the line above the request in line {line}") or (0, 0)
    window.page.mouse.click(x, y)


def request_shown(panel: Frame) -> Callable[[], tuple[str, str, dict[str, str], str]]:
    """Method, target, headers and body, as the panel has them now."""

    def read() -> tuple[str, str, dict[str, str], str]:
        lines = [line.split(": ", 1) for line in panel.locator("#sentHeaders").input_value().splitlines()]
        method, target, body = (panel.locator(f"#{each}").input_value() for each in ("method", "target", "body"))
        return method, target, {name.lower(): value for name, value in lines}, body

    return read


def arrived(panel: Frame) -> dict[str, Any]:
    """What the service says of the request; nothing while none has come."""
    try:
        found = json.loads(panel.locator("#answer").inner_text())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def plain(body: bytes | str | None) -> list[bytes]:
    """What matters of a body: the panel lays JSON out, and sends everything else as it is."""
    content = base64.b64decode(body) if isinstance(body, str) else body or b""
    return [content.rstrip()] if PDF in content else content.split()
