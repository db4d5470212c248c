"""The lines above init() and above a configuration that deploy and check, or tell of the service and lead to it, and
above an import of the SDK."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.tree import Lines
from scoredock.contrib.table import is_present
from scoredock.formats.client_kinds import sdk_import
from scoredock.language.kinds import kind_in
from scoredock.late_dataclass import dataclass
from scoredock.state_table import State, is_changing, state_kind
from scoredock.status import Status
from scoredock.text import Range

_INIT = re.compile(r"^(?:async[ \t]+)?def[ \t]+(init)[ \t]*\(", re.MULTILINE)
_RUN = re.compile(r"^(?:async[ \t]+)?def[ \t]+(run)[ \t]*\(", re.MULTILINE)

_GAP = "\N{NO-BREAK SPACE}"
"""Behind an icon, where the editor leaves out a plain space."""
RUN_SDK, RUN_SDK_CELLS = "scoredock.runSdk", "scoredock.runSdkCells"
_MOST_SERVICES = 3
"""Of one script that are shown one by one, each followed by its verbs."""


@dataclass(frozen=True, slots=True)
class Lens:
    """A clickable text above a line."""

    range: Range
    title: str
    command: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScriptService:
    """A service that was deployed from the script, as far as a line above init() tells of it."""

    name: str
    state: State
    status: Status
    has_line: bool = False
    """Whether its failure has a line in a file of the person."""
    answering: bool = False
    """Whether a request can be sent."""
    returned: bool = False
    """Whether it was rolled back, so that a save of the script is not served."""

    @property
    def is_fine(self) -> bool:
        """Healthy, with the revision of its last deployment, and without failing requests."""
        return self.status.look in ("good", "doubtful")


def code_lenses(text: str, facts: Facts, services: Sequence[ScriptService] = ()) -> list[Lens]:
    """Above init() of an entry script, or above run() when init is missing: the service that was deployed from it and
    what one does with it, or Deploy, Check and Try It where there is none. Deploy with This above a configuration of a
    deployment, and Deploy above an online endpoint or deployment of v2; Run with Scoredock above the first import of
    the SDK in a script that deploys; nothing in other files.

    The text is only searched, not parsed, so that the lenses stay while somebody types.
    """
    kind = kind_in(text, facts) if facts.path else None
    lines = Lines(text)
    if kind in ("inference-config", "deployment-config"):
        start = len(text) - len(text.lstrip("\ufeff \t\r\n"))
        place = lines.range(start, start)
        return [
            Lens(place, l10n.t("Deploy with This"), "scoredock.deployConfiguration", (facts.path,)),
            Lens(place, l10n.t("Check"), "scoredock.checkFile", (facts.path,)),
        ]
    if kind in ("online-endpoint", "online-deployment"):
        start = len(text) - len(text.lstrip("\ufeff \t\r\n"))
        place = lines.range(start, start)
        return [
            Lens(place, l10n.t("Deploy"), "scoredock.deployFiles", (facts.path,)),
            Lens(place, l10n.t("Check"), "scoredock.checkFile", (facts.path,)),
        ]
    if kind == "sdk-script":
        return _of_sdk(text, facts.path, ())
    if kind not in ("entry-script", "batch-script"):
        return []
    match = _INIT.search(text) or _RUN.search(text)
    if match is None:
        return []
    place = lines.range(match.start(1), match.end(1))
    if kind == "batch-script":
        score = Lens(place, l10n.t("Score in Batch…"), "scoredock.scoreInBatch", (facts.path,))
        return [
            *([score] if is_present("batch") else []),
            Lens(place, l10n.t("Check"), "scoredock.checkFile", (facts.path,)),
            Lens(place, l10n.t("Try It"), "scoredock.tryScript", (facts.path,)),
        ]
    if services:
        return _of_services(place, facts.path, sorted(services, key=lambda service: service.name))
    return [
        Lens(place, l10n.t("Deploy"), "scoredock.deploy", (facts.path,)),
        Lens(place, l10n.t("Check"), "scoredock.checkFile", (facts.path,)),
        Lens(place, l10n.t("Try It"), "scoredock.tryScript", (facts.path,)),
    ]


def cell_lenses(text: str, path: str, number: int) -> list[Lens]:
    """Above the line of a notebook's cell that imports the SDK. `number` is that of the cell, from 1."""
    return _of_sdk(text, path, (str(number),))


def _of_sdk(text: str, path: str, cell: tuple[str, ...]) -> list[Lens]:
    start = sdk_import(text) if is_present("sdk") else None
    if start is None:
        return []
    place = Lines(text).range(start, start)
    if not cell:
        return [Lens(place, l10n.t("Run with Scoredock"), RUN_SDK, (path,))]
    return [
        Lens(place, l10n.t("Run Notebook with Scoredock"), RUN_SDK, (path,)),
        Lens(place, l10n.t("Run to Here with Scoredock"), RUN_SDK_CELLS, (path, *cell)),
    ]


def _of_services(place: Range, path: str, services: Sequence[ScriptService]) -> list[Lens]:
    if len(services) <= _MOST_SERVICES:
        return [
            Lens(place, title, command, (service.name,))
            for service in services
            for title, command in ((_title(service), "scoredock.showService"), *_verbs(service))
        ]
    failed = sum(service.status.failing for service in services)
    count = len(services)
    title = (
        l10n.t("{count} services, {failed} failing", count=count, failed=failed)
        if failed
        else l10n.t("{count} services", count=count)
    )
    title = f"$(server){_GAP}{title}"
    return [Lens(place, title, "scoredock.showServices", (path,))]


def _title(service: ScriptService) -> str:
    icon = state_kind("Unhealthy" if service.status.look == "warning" else service.state).icon
    return f"$({icon}){_GAP}{service.name} {service.status.text}"


def _verbs(service: ScriptService) -> list[tuple[str, str]]:
    """Commands for a service in its state, the most helpful first."""
    line = [(l10n.t("Go to Line"), "scoredock.goToFailure")] if service.has_line else []
    send = [(l10n.t("Send Request"), "scoredock.sendRequest")] if service.answering else []
    log, again = (l10n.t("Log"), "scoredock.openLog"), (l10n.t("Redeploy"), "scoredock.deployAgain")
    if is_changing(service.state):
        return [log]
    if service.state == "Stopped":
        return [(l10n.t("Start"), "scoredock.startService"), log, again]
    if service.state == "Unhealthy":
        return [*line, log, *send, (l10n.t("Restart"), "scoredock.restartService"), again]
    if service.is_fine:
        return [*send, log, again]
    reload = [(l10n.t("Reload Files"), "scoredock.reloadService")] if service.returned else []
    return [*line, *reload, log, *send, again]
