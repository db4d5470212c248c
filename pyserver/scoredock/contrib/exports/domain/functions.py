"""A packaged folder as an app of Azure Functions: host.json, one function with its bindings, and what starts the
service. Pure.

The function is of the Python model v1 (function.json), bindings are those that Azure documents for version 4 of the
host: httpTrigger, blobTrigger and blob, serviceBusTrigger and serviceBus.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal

from scoredock import l10n
from scoredock.clusters.objects import KEY_DIGESTS
from scoredock.contrib.exports.domain import function_service
from scoredock.contrib.exports.domain.subject import ExportFiles, ExportSubject, invalid
from scoredock.late_dataclass import dataclass
from scoredock.packaging.dockerfile import BaseStart
from scoredock.packaging.package import HOST_PORT
from scoredock.packaging.texts import ENVIRONMENT
from scoredock.registry.grammar import printable

APP_FOLDER, FUNCTION = "function_app", "score"
FUNCTIONS_PORT = 80
"""Of the host in the images of Azure Functions."""
SITE = "/home/site/wwwroot"
"""Where the images of Azure Functions have their app."""
STORAGE, BUS = "AzureWebJobsStorage", "AzureWebJobsServiceBus"
"""Settings of an app with the connections; their values are secrets, and in no file."""
Trigger = Literal["http", "blob", "service_bus_queue"]
TRIGGERS: tuple[Trigger, ...] = ("http", "blob", "service_bus_queue")
AUTH_LEVELS = ("anonymous", "function", "admin")
_PATH = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]/[^\s\\]{1,900}")
"""A container of blobs and a name in it, with parts in braces."""
_QUEUE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9./_-]{0,258}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class FunctionTrigger:
    """Trigger of the function, and where its answers go. Empty fields take what follows from the others."""

    kind: Trigger = "http"
    auth_level: str = ""
    """Who may call by HTTP, as Azure Functions has it."""
    input: str = ""
    """`container/{blobname}` of a blob, or the name of a queue."""
    output: str = ""


def functions_image(python: str) -> str:
    """The image of Azure Functions for a version of Python, as `3.11`."""
    return f"mcr.microsoft.com/azure-functions/python:4-python{python}"


def host_start() -> BaseStart:
    """The host of the base image starts the app, and listens where it always does."""
    instructions = (
        f"ENV AzureWebJobsScriptRoot={SITE} AzureFunctionsJobHost__Logging__Console__IsEnabled=true"
        f" AzureWebJobsDisableHomepage=true SCOREDOCK_PYTHON={ENVIRONMENT}/bin/python SCOREDOCK_SERVICE=/var/scoredock",
        f"COPY {APP_FOLDER}/ {SITE}/",
        f"WORKDIR {SITE}",
        f"EXPOSE {FUNCTIONS_PORT}",
    )
    address = (
        f"The host of Azure Functions in it starts the app of `{APP_FOLDER}/`. A function that is called by HTTP"
        f" answers on http://127.0.0.1:{HOST_PORT}/score, on this machine only; the settings of the app, which"
        f" `{APP_FOLDER}/local.settings.example.json` lists, are environment variables (`--env`)."
    )
    return BaseStart(instructions, FUNCTIONS_PORT, address, ((f"{APP_FOLDER}/", "the app of Azure Functions"),))


def function_app(subject: ExportSubject, trigger: FunctionTrigger, *, keys: bool) -> ExportFiles:
    """The files beside a packaged folder. `keys`: callers of the service need one. Raises ScoredockError
    `package-export-invalid`."""
    bindings, settings = _bindings(trigger, keys=keys)
    if keys and trigger.kind == "http":
        settings = (*settings, KEY_DIGESTS)
    filled = f"Fill in as settings of the app: {', '.join(settings)}." if settings else "There is nothing to fill in."
    first = f"Written by Scoredock from {subject.origin or subject.name} for Azure Functions."
    host: dict[str, Any] = {
        "version": "2.0",
        "extensionBundle": {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"},
    }
    if trigger.kind == "http":
        # The function has the routes of the service, at their own paths.
        host["extensions"] = {"http": {"routePrefix": ""}}
    values = dict.fromkeys(settings, "")
    local = {"IsEncrypted": False, "Values": {"FUNCTIONS_WORKER_RUNTIME": "python", STORAGE: "", **values}}
    below = f"{APP_FOLDER}/{FUNCTION}"
    texts = {
        f"{APP_FOLDER}/host.json": _json(host),
        f"{APP_FOLDER}/local.settings.example.json": _json(local),
        f"{APP_FOLDER}/requirements.txt": f"# {first}\nazure-functions\n",
        f"{below}/function.json": _json({"scriptFile": "__init__.py", "bindings": bindings}),
        f"{below}/__init__.py": f'"""{first}\n\n{filled}\n"""\n\n{_CODE[trigger.kind]}',
        f"{below}/service.py": Path(function_service.__file__).read_text("utf-8"),
    }
    return ExportFiles(texts, f"{below}/__init__.py", settings)


def _bindings(trigger: FunctionTrigger, *, keys: bool) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """And the settings that they name. Raises ScoredockError `package-export-invalid`."""
    if trigger.kind == "http":
        # Callers of a service with keys bring one of its own.
        level = (trigger.auth_level or ("anonymous" if keys else "function")).lower()
        if level not in AUTH_LEVELS:
            raise invalid(
                l10n.t("{level} is not an authorization level of Azure Functions.", level=printable(level)),
                l10n.t("Use one of {kinds}.", kinds=", ".join(AUTH_LEVELS)),
            )
        http = {"authLevel": level, "type": "httpTrigger", "direction": "in", "name": "request", "route": "{*path}"}
        methods = ["get", "post", "put", "delete", "head", "options", "patch"]
        return [{**http, "methods": methods}, {"type": "http", "direction": "out", "name": "$return"}], ()
    if trigger.kind == "blob":
        source = _named(trigger.input or "input/{blobname}.json", _PATH)
        target = _named(trigger.output or "output/{blobname}_out.json", _PATH)
        return [
            {"name": "source", "type": "blobTrigger", "direction": "in", "path": source, "connection": STORAGE},
            {"name": "target", "type": "blob", "direction": "out", "path": target, "connection": STORAGE},
        ], (STORAGE,)
    if trigger.kind == "service_bus_queue":
        source = _named(trigger.input or "input", _QUEUE)
        target = _named(trigger.output or "output", _QUEUE)
        return [
            {"name": "source", "type": "serviceBusTrigger", "direction": "in", "queueName": source, "connection": BUS},
            {"name": "target", "type": "serviceBus", "direction": "out", "queueName": target, "connection": BUS},
        ], (BUS,)
    raise invalid(
        l10n.t("{kind} is not a trigger of a function.", kind=printable(trigger.kind)),
        l10n.t("Use one of {kinds}.", kinds=", ".join(TRIGGERS)),
    )


def _named(name: str, grammar: re.Pattern[str]) -> str:
    if not grammar.fullmatch(name):
        raise invalid(l10n.t("{name} is not a valid place for the input or the output.", name=printable(name)))
    return name


def _json(document: object) -> str:
    return json.dumps(document, indent=2) + "\n"


_HTTP = '''\
from urllib.parse import urlsplit

import azure.functions as func

from .service import service

SERVICE = service(asks_for_keys=True)


def main(request: func.HttpRequest) -> func.HttpResponse:
    """Every route of the service, answered by the service."""
    address = urlsplit(request.url)
    path = (address.path or "/") + ("?" + address.query if address.query else "")
    answer = SERVICE.forward(request.method, path, dict(request.headers), request.get_body())
    return func.HttpResponse(body=answer.body, status_code=answer.status, headers=answer.headers)
'''
_EVENT = '''\
import azure.functions as func

from .service import service

SERVICE = service()


def main({parameters}) -> None:
    """What arrives is the body of a request; the answer goes to the output. A failed one is tried again by the host."""
    answer = SERVICE.forward("POST", "/score", {{"Content-Type": "application/json"}}, {body})
    if answer.status != 200:
        said = answer.body[:2000].decode("utf-8", "replace")
        raise RuntimeError(f"the service answered with {{answer.status}}: {{said}}")
    target.set({result})
'''
_CODE: dict[Trigger, str] = {
    "http": _HTTP,
    "blob": _EVENT.format(
        parameters="source: func.InputStream, target: func.Out[bytes]", body="source.read()", result="answer.body"
    ),
    "service_bus_queue": _EVENT.format(
        parameters="source: func.ServiceBusMessage, target: func.Out[str]",
        body="source.get_body()",
        result='answer.body.decode("utf-8")',
    ),
}
