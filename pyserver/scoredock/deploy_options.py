"""The options of a deployment, each declared once: messages, command line and requests take their fields from here.

What a command leaves out is empty or None; what that means is the command's own: a new service has its default, an
update leaves it as it was, trying a script proposes what Deploy would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields
from typing import Any, Literal, TypeVar

from scoredock.engine_table import ENGINES, EngineName
from scoredock.late_dataclass import dataclass

_T = TypeVar("_T", bound="ScriptOptions")
Auth = Literal["", "keys", "tokens", "none"]
"""What callers are asked for, said by hand: goes before what a deployment configuration says; empty for that."""


@dataclass(frozen=True, slots=True)
class CommandLine:
    """How an option is written on the command line; `metadata["command_line"]` of its field."""

    flags: tuple[str, ...]
    help: str
    metavar: str = ""
    is_path: bool = False
    """Relative to the folder that the command is run in."""
    names: str | None = None
    """The kind of thing of a workspace that the value names."""
    choices: tuple[str, ...] = ()
    """All values that there are, where the type of the field does not say them."""


def _option(
    default: Any,
    *flags: str,
    help: str,
    metavar: str = "",
    is_path: bool = False,
    names: str | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    written = CommandLine(flags, help, metavar, is_path, names, choices)
    return field(default=default, metadata={"command_line": written})


@dataclass(frozen=True, kw_only=True)
class ScriptOptions:
    """What an entry script runs with. Paths are absolute; an inference configuration gives what is left empty here."""

    models: tuple[str, ...] | None = _option(
        None,
        "-m",
        "--model",
        help="name:version, name@alias, or name for the newest version; may be repeated",
        metavar="MODEL",
        names="model",
    )
    """`name:version`, `name@alias`, or `name` for the newest. One of a known framework needs no entry script."""
    source_directory: str = _option(
        "",
        "--sd",
        "--source-directory",
        help="folder that is deployed with the entry script",
        metavar="FOLDER",
        is_path=True,
    )
    """The folder that goes into the service as a whole; empty for the script alone."""
    inference_config: str = _option(
        "",
        "--ic",
        "--inference-config",
        "--inference-config-file",
        help="inference configuration",
        metavar="FILE",
        is_path=True,
    )
    environment_file: str = _option(
        "",
        "--cf",
        "--environment-file",
        "--conda-file",
        help="conda YAML or pip requirements",
        metavar="FILE",
        is_path=True,
    )
    """conda YAML or pip requirements."""
    environment: str = _option(
        "",
        "-e",
        "--environment",
        "--environment-name",
        help="registered or curated environment to use instead of the one in the inference configuration",
        metavar="NAME[:VERSION]",
        names="environment",
    )
    """Registered or curated environment: `name:version`, or `name` for the newest; instead of a file."""
    environment_variables: Mapping[str, str] | None = _option(
        None, "--env", help="environment variable of the service; may be repeated", metavar="KEY=VALUE"
    )


@dataclass(frozen=True, kw_only=True)
class PackageOptions(ScriptOptions):
    """What goes into a package."""

    entry_script: str = _option(
        "", "--es", "--entry-script", help="the entry script (score.py)", metavar="FILE", is_path=True
    )
    deployment_config: str = _option(
        "",
        "--dc",
        "--deployment-config",
        "--deploy-config-file",
        help="deployment configuration: port, keys, resources, limits",
        metavar="FILE",
        is_path=True,
    )
    skip_checks: bool = _option(False, "--skip-checks", help="continue even if checks find errors")


@dataclass(frozen=True, kw_only=True)
class UpdateOptions(PackageOptions):
    """What a service can be moved to."""

    settings: Mapping[str, str] | None = _option(
        None,
        "--setting",
        help="value of the deployment configuration by its path, such as containerResourceRequirements.cpu=0.5;"
        " overrides the file; may be repeated",
        metavar="KEY=VALUE",
    )
    """Values of the deployment configuration by their paths, which go before those of the file. Never keys: they are
    kept."""
    image: str = _option(
        "",
        "--image",
        help="image that was created with `image create`, instead of models, script and environment",
        metavar="NAME[:VERSION]",
        names="image",
    )
    """An image that was created here, `name:version` or `name` for the newest, instead of models, script and
    environment."""
    port: int | None = _option(
        None,
        "--po",
        "--port",
        help="port on 127.0.0.1, or 0 for a free port; by default the port of the deployment"
        " configuration or a free port",
        metavar="PORT",
    )
    engine: EngineName = _option(
        "",
        "--engine",
        choices=tuple(ENGINES),
        help="where it runs: as a process on this machine (the default) or in a container of"
        " Docker or Podman; an update moves it",
    )
    """Where it runs: a process of this machine, or a container; empty for a process, or for where it is."""
    compute: str = _option(
        "",
        "--compute",
        help="compute target that it runs on: a cluster that `compute attach` gave this name; this machine stands for"
        " any other name; an update moves it",
        metavar="NAME",
        names="compute",
    )
    """Compute target that it runs on, by its name; empty for this machine, or for where it is."""
    auth: Auth = _option(
        "",
        "--auth",
        help="what callers must send: a key, a token, or nothing; overrides the deployment"
        " configuration; an update keeps it by default",
    )
    """What callers must send, whatever the deployment configuration says; empty for what that says."""


@dataclass(frozen=True, kw_only=True)
class DeployOptions(UpdateOptions):
    """What is said of a new service."""

    model_path: str = _option(
        "",
        "--path",
        help="model file or folder to serve without registering it and without an entry script",
        metavar="PATH",
        is_path=True,
    )
    """A model file or folder to be served without being registered and without an entry script."""
    description: str = _option("", "-d", "--description", help="description")
    tags: Mapping[str, str] = field(
        default_factory=dict,
        metadata={"command_line": CommandLine(("--tag",), "KEY=VALUE; may be repeated", "KEY=VALUE")},
    )
    properties: Mapping[str, str] = field(
        default_factory=dict,
        metadata={"command_line": CommandLine(("--property",), "KEY=VALUE; may be repeated", "KEY=VALUE")},
    )
    develop: bool = _option(
        False,
        "--develop",
        help="for a service on a compute target: changed files are taken while it runs, as they are by every service"
        " on this machine; its answers carry x-scoredock-code",
    )
    """Whether a service on a compute target takes changed files while it runs. Pods then start with the files of a
    ConfigMap in place of those of their image."""
    overwrite: bool = _option(False, "--overwrite", help="replace a service of the same name")
    """Replace a service of the same name instead of refusing."""


def command_line_of(kind: type[ScriptOptions]) -> dict[str, CommandLine]:
    """How the options of a class are written on the command line, by field."""
    return {each.name: each.metadata["command_line"] for each in fields(kind) if "command_line" in each.metadata}


def of_options(kind: type[_T], options: ScriptOptions, **more: Any) -> _T:
    """Something of `kind` with the options that both have; `more` says the rest, or says it otherwise."""
    names = command_line_of(kind).keys() & command_line_of(type(options)).keys()
    return kind(**{**{name: getattr(options, name) for name in names}, **more})
