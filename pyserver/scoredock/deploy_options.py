"""The options of a deployment and of a batch script, each declared once: messages, command line and requests take their
fields from here.

What a command leaves out is empty or None; what that means is the command's own: a new service has its default, an
update leaves it as it was, trying a script proposes what Deploy would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal, TypeVar

from scoredock.engine_table import ENGINES, EngineName
from scoredock.late_dataclass import dataclass
from scoredock.options import option, options_of

_T = TypeVar("_T", bound="ScriptOptions")
Auth = Literal["", "keys", "tokens", "none"]
"""What callers are asked for, said by hand: goes before what a deployment configuration says; empty for that."""

BatchInputFormat = Literal["files", "csv", "parquet"]
"""What run() of a batch script gets: a list of file paths, or rows as a data frame."""


@dataclass(frozen=True, kw_only=True)
class ScriptOptions:
    """Models, environment and other options with which an entry script runs. Paths are absolute; an inference
    configuration gives what is left empty here."""

    models: tuple[str, ...] | None = option(
        "-m",
        "--model",
        default=None,
        help="name:version, name@alias, or name for the newest version; may be repeated",
        metavar="MODEL",
        names="model",
    )
    """`name:version`, `name@alias`, or `name` for the newest. One of a known framework needs no entry script."""
    source_directory: str = option(
        "--sd",
        "--source-directory",
        default="",
        help="folder that is deployed with the entry script",
        metavar="FOLDER",
        path="here",
    )
    """The folder that goes into the service as a whole; empty for the script alone."""
    inference_config: str = option(
        "--ic",
        "--inference-config",
        "--inference-config-file",
        default="",
        help="inference configuration",
        metavar="FILE",
        path="here",
    )
    environment_file: str = option(
        "--cf",
        "--environment-file",
        "--conda-file",
        default="",
        help="conda YAML or pip requirements",
        metavar="FILE",
        path="source",
    )
    """conda YAML or pip requirements."""
    environment: str = option(
        "-e",
        "--environment",
        "--environment-name",
        default="",
        help="registered or curated environment to use instead of the one in the inference configuration",
        metavar="NAME[:VERSION]",
        names="environment",
    )
    """Registered or curated environment: `name:version`, or `name` for the newest; instead of a file."""
    environment_variables: Mapping[str, str] | None = option(
        "--env", default=None, help="environment variable of the service; may be repeated", metavar="KEY=VALUE"
    )


@dataclass(frozen=True, kw_only=True)
class PackageOptions(ScriptOptions):
    """Options of what goes into a package."""

    entry_script: str = option(
        "--es", "--entry-script", default="", help="the entry script (score.py)", metavar="FILE", path="source"
    )
    deployment_config: str = option(
        "--dc",
        "--deployment-config",
        "--deploy-config-file",
        default="",
        help="deployment configuration: port, keys, resources, limits",
        metavar="FILE",
        path="here",
    )
    skip_checks: bool = option("--skip-checks", default=False, help="continue even if checks find errors")


@dataclass(frozen=True, kw_only=True)
class UpdateOptions(PackageOptions):
    """Options that an update can change."""

    settings: Mapping[str, str] | None = option(
        "--setting",
        default=None,
        help="value of the deployment configuration by its path, such as containerResourceRequirements.cpu=0.5;"
        " overrides the file; may be repeated",
        metavar="KEY=VALUE",
    )
    """Values of the deployment configuration by their paths, which go before those of the file. Never keys: they are
    kept."""
    image: str = option(
        "--image",
        default="",
        help="image that was created with `image create`, instead of models, script and environment",
        metavar="NAME[:VERSION]",
        names="image",
    )
    """An image that was created here, `name:version` or `name` for the newest, instead of models, script and
    environment."""
    port: int | None = option(
        "--po",
        "--port",
        default=None,
        help="port on 127.0.0.1, or 0 for a free port; by default the port of the deployment"
        " configuration or a free port",
        metavar="PORT",
    )
    engine: EngineName = option(
        "--engine",
        choices=tuple(ENGINES),
        default="",
        help="where it runs: as a process on this machine (the default) or in a container of"
        " Docker or Podman; an update moves it",
    )
    """Where it runs: a process of this machine, or a container; empty for a process, or for where it is."""
    compute: str = option(
        "--compute",
        default="",
        help="compute target that it runs on: a cluster that `compute attach` gave this name; this machine stands for"
        " any other name; an update moves it",
        metavar="NAME",
        names="compute",
    )
    """Compute target that it runs on, by its name; empty for this machine, or for where it is."""
    auth: Auth = option(
        "--auth",
        default="",
        help="what callers must send: a key, a token, or nothing; overrides the deployment"
        " configuration; an update keeps it by default",
    )
    """What callers must send, whatever the deployment configuration says; empty for what that says."""


@dataclass(frozen=True, kw_only=True)
class DeployOptions(UpdateOptions):
    """Options of a new service."""

    model_path: str = option(
        "--path",
        default="",
        help="model file or folder to serve without registering it and without an entry script",
        metavar="PATH",
        path="here",
    )
    """A model file or folder to be served without being registered and without an entry script."""
    description: str = option("-d", "--description", default="", help="description")
    tags: Mapping[str, str] = option(
        "--tag", default_factory=dict, help="KEY=VALUE; may be repeated", metavar="KEY=VALUE"
    )
    properties: Mapping[str, str] = option(
        "--property", default_factory=dict, help="KEY=VALUE; may be repeated", metavar="KEY=VALUE"
    )
    develop: bool = option(
        "--develop",
        default=False,
        help="for a service on a compute target: changed files are taken while it runs, as they are by every service"
        " on this machine; its answers carry x-scoredock-code",
    )
    """Whether a service on a compute target takes changed files while it runs. Pods then start with the files of a
    ConfigMap in place of those of their image."""
    overwrite: bool = option("--overwrite", default=False, help="replace a service of the same name")
    """Replace a service of the same name instead of refusing."""


@dataclass(frozen=True, kw_only=True)
class BatchScriptOptions:
    """Options of a batch script, in a job and in a trial, and of how tables are read for it."""

    input_format: BatchInputFormat | None = option(
        "--input-format",
        default=None,
        help="what run() gets: a list of file paths, or rows as a data frame; by default what the names end in",
    )
    """What run() gets; null follows from the endings of the inputs."""
    encoding: str = option(
        "--encoding",
        default="",
        help="of CSV files, such as cp1252, utf-16 or gbk; UTF-8 by default",
        metavar="ENCODING",
    )
    """Of CSV files, such as `cp1252` or `utf-16`; empty for UTF-8."""
    separator: str = option(
        "--separator",
        default="",
        help="of the values of CSV files, such as ';' or tab; a comma by default",
        metavar="CHARACTER",
    )
    """Of their values, one character or `tab`; empty for a comma."""
    mini_batch_size: str = option(
        "--mini-batch-size",
        default="",
        help="files or rows of one call of run(), or bytes of a table such as 64KB or 10MB; 10 files or 1MB by default",
        metavar="SIZE",
    )
    """Number of files or rows, or bytes of a table such as `1MB`; empty for 10 files or 1 MB."""
    arguments: tuple[str, ...] = option(
        "--argument",
        default=(),
        help="argument of the script, written --argument=--model_name; may be repeated",
        metavar="WORD",
    )
    """Of the script, which finds them in sys.argv."""


def of_options(kind: type[_T], options: ScriptOptions, **more: Any) -> _T:
    """Instance of `kind` with the options that both have; `more` says the rest, or says it otherwise."""
    names = options_of(type(options)).keys() & {each.name for each in fields(kind)}
    return kind(**{**{name: getattr(options, name) for name in names}, **more})
