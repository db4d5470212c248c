"""Every setting, declared once; the configuration block of package.json and docs/settings.md are generated from
here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from scoredock.late_dataclass import dataclass

WHEELHOUSE = "SCOREDOCK_WHEELHOUSE"
"""No setting: the variable that says where the wheels of the extension lie."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of VS Code's settings, and the environment variable that says the same on the command line."""

    key: str
    """`scoredock.<area>.<name>`."""
    kind: Literal["string", "boolean", "number", "integer", "enum", "array"]
    default: str | bool | float | int | tuple[str, ...]
    description: str
    scope: Literal["machine", "machine-overridable", "window"]
    """None is per folder of a window: the server has one value of each."""
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    variable: str = ""
    """Environment variable read by the command line, when there is one."""
    restricted: bool = False
    """Names an executable, image or environment: ignored in an untrusted folder."""


# A table: one setting a line.
SETTINGS: tuple[Setting, ...] = (
    Setting(
        "scoredock.server.interpreter",
        "string",
        "",
        "Python that runs the Scoredock server (CPython 3.10 to 3.14). If empty, one is searched for.",
        "machine-overridable",
        restricted=True,
    ),
    Setting(
        "scoredock.server.logLevel",
        "enum",
        "info",
        "How much the server writes to the Scoredock output channel.",
        "window",
        choices=("error", "warning", "info", "debug"),
    ),
    Setting(
        "scoredock.home",
        "string",
        "",
        "Folder of workspaces, models and services. If empty, the data folder of your account is used.",
        "machine",
        variable="SCOREDOCK_HOME",
        restricted=True,
    ),
    Setting(
        "scoredock.model.maxFiles",
        "integer",
        10_000,
        "The most files that one model version may have.",
        "machine-overridable",
        minimum=1,
        variable="SCOREDOCK_MAX_FILES",
    ),
    Setting(
        "scoredock.model.maxBytes",
        "integer",
        1 << 40,
        "The most bytes that one model version may have.",
        "machine-overridable",
        minimum=1,
        variable="SCOREDOCK_MAX_BYTES",
    ),
    Setting(
        "scoredock.environment.interpreter",
        "string",
        "",
        "Python for environments that name no version. If empty, the Python of the server is used.",
        "machine-overridable",
        variable="SCOREDOCK_PYTHON",
        restricted=True,
    ),
    Setting(
        "scoredock.environment.indexUrl",
        "string",
        "",
        "Package index for environments. If empty, the index that uv is configured with is used.",
        "machine-overridable",
        variable="UV_DEFAULT_INDEX",
        restricted=True,
    ),
    Setting(
        "scoredock.environment.condaChannels",
        "array",
        (),
        "Where conda channels are: `name=address` each (`conda-forge=https://mirror.example.com/conda-forge`), or one"
        " address for all of them. An address may be a folder or file://. If empty, anaconda.org is used.",
        "machine-overridable",
        variable="SCOREDOCK_CONDA_CHANNELS",
        restricted=True,
    ),
    Setting(
        "scoredock.environment.downloadPython",
        "boolean",
        False,
        "Let uv download the Python that an environment needs if it is not on this machine (about 30 MB each;"
        " UV_PYTHON_INSTALL_MIRROR names a mirror).",
        "machine-overridable",
        variable="SCOREDOCK_DOWNLOAD_PYTHON",
        restricted=True,
    ),
    Setting(
        "scoredock.deploy.startTimeout",
        "number",
        300,
        "Seconds that importing the entry script and init() may take.",
        "machine-overridable",
        minimum=1,
        variable="SCOREDOCK_START_TIMEOUT",
    ),
    Setting(
        "scoredock.deploy.lostNodeSeconds",
        "integer",
        5,
        "Seconds after which a pod of a service gets a successor when its node was lost; Kubernetes itself waits 300.",
        "machine-overridable",
        minimum=0,
        variable="SCOREDOCK_LOST_NODE_SECONDS",
    ),
    Setting(
        "scoredock.deploy.repeatRequests",
        "boolean",
        True,
        "Send a request to a service on a cluster once more, to another replica, where the node of the first one is"
        " lost before any of the answer came. It is the port of this machine that does so. Turn it off for services"
        " whose run() changes something else than its answer.",
        "machine-overridable",
        variable="SCOREDOCK_REPEAT_REQUESTS",
    ),
    Setting(
        "scoredock.deploy.followLinks",
        "boolean",
        False,
        "Copy files into services that symbolic links in the source directory point to outside of it. If off, such"
        " links are left out, so that somebody else's project cannot bring your own files into a service or an image.",
        "machine",
        variable="SCOREDOCK_FOLLOW_LINKS",
    ),
    Setting(
        "scoredock.deploy.inheritedVariables",
        "array",
        (),
        "Names of environment variables of the editor or shell that services on this machine get. They always get those"
        " that describe the machine: PATH, HOME, language, libraries, graphics cards, proxies. A running service gets"
        " them when it is restarted.",
        "machine",
        variable="SCOREDOCK_INHERITED_VARIABLES",
        restricted=True,
    ),
    Setting(
        "scoredock.deploy.opens",
        "enum",
        "requestPanel",
        "What opens by itself when a service is deployed. `requestPanel`: its request panel, when the service is new."
        " `log`: its log, while it is deployed. `message`: nothing. Where nothing opens, a message says how it ended.",
        "window",
        choices=("requestPanel", "log", "message"),
    ),
    Setting(
        "scoredock.docker.host",
        "string",
        "",
        "Address of the Docker daemon, such as unix:///var/run/docker.sock. If empty, every context and socket"
        " of Docker and Podman is tried.",
        "machine",
        variable="DOCKER_HOST",
        restricted=True,
    ),
    Setting(
        "scoredock.docker.registry",
        "string",
        "",
        "Registry for packaged images whose name has none, such as registry.example.com/team. If empty, they stay in"
        " the local Docker.",
        "machine-overridable",
        variable="SCOREDOCK_REGISTRY",
        restricted=True,
    ),
    Setting(
        "scoredock.docker.baseImage",
        "string",
        "",
        "Base image of services in containers whose environment names none. If empty, python:<version>-slim from Docker"
        " Hub is used.",
        "machine-overridable",
        variable="SCOREDOCK_BASE_IMAGE",
        restricted=True,
    ),
    Setting(
        "scoredock.pipeline.installFrom",
        "string",
        "",
        "Where the pipelines that Scoredock writes get it from: `wheels` (three files in the repository), the address"
        " of a package index that has it, or `image:` and an image of `scoredock pipeline image`. If empty, the wheels,"
        " or the index that this one was installed from.",
        "machine-overridable",
        variable="SCOREDOCK_INSTALL_FROM",
        restricted=True,
    ),
    Setting(
        "scoredock.services.reloadOnSave",
        "boolean",
        True,
        "Reload a service on this machine when a file that it was deployed from changes. Always off in an untrusted"
        " folder.",
        "window",
    ),
    Setting(
        "scoredock.services.keptRevisions",
        "integer",
        10,
        "The most revisions that are kept of a service, the one that serves included.",
        "machine-overridable",
        minimum=1,
        variable="SCOREDOCK_KEPT_REVISIONS",
    ),
    Setting(
        "scoredock.services.keptRevisionDays",
        "integer",
        90,
        "Days that a revision is kept after another one took its place. If 0, only the number counts.",
        "machine-overridable",
        minimum=0,
        variable="SCOREDOCK_KEPT_REVISION_DAYS",
    ),
    Setting(
        "scoredock.services.startAgain",
        "boolean",
        False,
        "After a restart of the machine or Docker, start the services that were running. If off, the editor asks."
        " Always off in an untrusted folder.",
        "machine",
        restricted=True,
    ),
    Setting(
        "scoredock.services.startOnOpen",
        "boolean",
        False,
        "When a folder is opened, start its services that are stopped: those that were deployed from a file in it."
        " Always off in an untrusted folder.",
        "window",
    ),
    Setting(
        "scoredock.mlflow.trackingUris",
        "array",
        (),
        "MLflow tracking stores whose runs are shown: http(s) addresses of servers, mlruns folders, sqlite:/// files."
        " Those in the open folders are always shown.",
        "machine-overridable",
        variable="MLFLOW_TRACKING_URI",
        restricted=True,
    ),
    Setting(
        "scoredock.check.enable",
        "boolean",
        True,
        "Check entry scripts and configuration files while you type.",
        "window",
    ),
    Setting("scoredock.check.ignore", "array", (), "Codes of rules that are not reported, such as SD115.", "window"),
    Setting(
        "scoredock.check.typeErrors",
        "enum",
        "auto",
        "Report mistakes that a type checker reports too (SD190, SD191, SD197), such as a misspelled function of a"
        " module. `auto` leaves them to Pylance, Pyright or basedpyright if one of them checks types.",
        "window",
        choices=("auto", "on", "off"),
    ),
    Setting(
        "scoredock.check.migration",
        "boolean",
        False,
        "Report in v1 files what changes in Azure ML v2 (rules SD701 to SD722). A project can do the same by naming SD7"
        " in select or severity.",
        "window",
    ),
    Setting(
        "scoredock.codeLens.enable",
        "boolean",
        True,
        "Show actions above init() of an entry script: its service with Send Request, Log and Redeploy, or Deploy,"
        " Check and Try It; and Deploy with This above a configuration.",
        "window",
    ),
    Setting(
        "scoredock.inlayHints.enable",
        "boolean",
        True,
        "Show next to a model's path what it is in the service, once the script was deployed.",
        "window",
    ),
    Setting(
        "scoredock.log.tail",
        "integer",
        1000,
        "Number of lines of a service's log that are shown when its channel is opened.",
        "window",
        minimum=1,
    ),
)

BY_KEY: dict[str, Setting] = {setting.key: setting for setting in SETTINGS}


class Values:
    """Present values of the settings: what the client gave, else its environment variable, else the default.

    A value of the wrong kind counts as not given, so that a slip in a settings file never stops the server.
    """

    def __init__(self, given: Mapping[str, object], environment: Mapping[str, str]) -> None:
        self._given = given
        self._environment = environment

    def get(self, key: str) -> Any:
        """The value of a declared setting; KeyError for another one, which is our own fault."""
        setting = BY_KEY[key]
        value = self._given.get(key)
        if isinstance(value, list):
            value = tuple(value)  # so that an empty list of the client is the default, too
        if value != setting.default and _fits(setting, value):
            return value
        written = self._environment.get(setting.variable, "") if setting.variable else ""
        if written:
            parsed = _parsed(setting, written)
            if _fits(setting, parsed):
                return parsed
        return setting.default


def variable_text(value: object) -> str:
    """A value as an environment variable says it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _fits(setting: Setting, value: object) -> bool:
    if setting.kind in ("number", "integer"):
        numeric = isinstance(value, int if setting.kind == "integer" else (int, float)) and not isinstance(value, bool)
        return numeric and (setting.minimum is None or float(str(value)) >= setting.minimum)
    if setting.kind == "array":
        return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
    if setting.kind == "boolean":
        return isinstance(value, bool)
    return isinstance(value, str) and (not setting.choices or value in setting.choices)


def _parsed(setting: Setting, written: str) -> object:
    if setting.kind in ("number", "integer"):
        try:
            return int(written) if setting.kind == "integer" else float(written)
        except ValueError:
            return None
    if setting.kind == "boolean":
        return {"1": True, "true": True, "0": False, "false": False}.get(written.lower())
    return tuple(written.split(",")) if setting.kind == "array" else written


def flat(settings: object, prefix: str = "") -> dict[str, object]:
    """Both `{"scoredock.check.enable": …}` and `{"scoredock": {"check": {"enable": …}}}`."""
    if not isinstance(settings, dict):
        return {}
    entries: dict[str, object] = {}
    for name, value in settings.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and key.count(".") < 3:
            entries |= flat(value, f"{key}.")
        else:
            entries[key] = value
    return entries
