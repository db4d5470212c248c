"""Every error code of Scoredock, declared once; `docs/errors.md` is generated from here.

A code is a stable kebab-case name. It never changes its meaning and is never reused.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """What a code means, wherever it is raised."""

    code: str
    title: str
    """What happened, in general."""
    next_step: str
    """What to do next, unless the place that raises it knows better."""


# Tables: one code a line.
# fmt: off
_WORKSPACES = (
    ErrorCode("workspace-not-found", "No workspace has this name or id.", "Run `scoredock workspace list` to see those on this machine."),
    ErrorCode("workspace-exists", "A workspace of this name exists already.", "Choose another name, or switch to the existing workspace."),
    ErrorCode("workspace-name-invalid", "The workspace name is outside the grammar.", "Use 3 to 33 letters, digits, hyphens and underscores, starting with a letter or digit."),
    ErrorCode("workspace-config-invalid", "The workspace configuration file cannot be used.", "It must be a JSON object with subscription_id, resource_group and workspace_name."),
    ErrorCode("workspace-config-missing", "There is no workspace configuration file.", "Give the path of a config.json, or work in the default workspace."),
    ErrorCode("workspace-in-use", "The workspace still has running services.", "Stop or delete them first."),
    ErrorCode("workspace-is-default", "The default workspace cannot be forgotten.", "It is part of every installation; delete its models and services instead."),
    ErrorCode("workspace-read-only", "The workspace folder cannot be written.", "Check the permissions of the folder, or that the disk is not mounted read-only."),
    ErrorCode("workspace-newer", "The workspace was written by a newer Scoredock.", "Update Scoredock; until then this workspace can be read but not changed."),
    ErrorCode("workspace-damaged", "The workspace store cannot be read.", "Repair it with `scoredock workspace repair`, or restore it from a backup."),
    ErrorCode("backup-exists", "A file of the backup's name exists already.", "Choose another name, or allow it to be overwritten."),
    ErrorCode("backup-target-invalid", "The backup cannot be written there.", "Choose a file in an existing folder outside the workspace."),
    ErrorCode("backup-invalid", "The backup is damaged, or no backup.", "Use another copy of it; nothing was restored."),
    ErrorCode("backup-newer", "The backup was written by a newer Scoredock.", "Update Scoredock, then restore it."),
    ErrorCode("store-busy", "Another process is writing to the workspace.", "Try again in a moment."),
    ErrorCode("disk-full", "There is no space left on the disk.", "Free some space and try again; nothing was changed."),
    ErrorCode("text-invalid", "A name or text is not UTF-8.", "Write it in UTF-8; a terminal needs a UTF-8 locale for that."),
    ErrorCode("io-failed", "A file operation failed.", "See the message of the operating system, then try again; nothing was changed."),
)

_MODELS = (
    ErrorCode("model-name-invalid", "The model name is outside the grammar.", "Use 1 to 255 letters, digits, dashes, periods and underscores, starting with a letter or digit."),
    ErrorCode("model-not-found", "The workspace has no such model.", "Run `scoredock model list` to see the registered models."),
    ErrorCode("model-path-missing", "The path to register does not exist.", "Check the path; it may have been moved or deleted."),
    ErrorCode("model-path-unreadable", "A path to register cannot be read.", "Check the permissions of the file, then register again; nothing was registered."),
    ErrorCode("model-path-unsupported", "The path is neither a regular file nor a folder of them.", "Register regular files and folders only; links, sockets and devices are refused."),
    ErrorCode("model-path-empty", "The folder holds no files.", "Register a folder that contains the files of the model."),
    ErrorCode("model-path-changed", "A file changed while it was being read.", "Wait until it is written completely and register again; nothing was registered."),
    ErrorCode("model-path-clash", "Two of the files to register have the same name.", "Put them in one folder with distinct names and register the folder."),
    ErrorCode("model-too-large", "The folder holds more files or bytes than a model may have.", "Register fewer files, or raise the limit in the settings."),
    ErrorCode("model-archive-invalid", "The archive cannot be unpacked.", "Pack it again as .zip or .tar.gz with plain files and folders only, or unpack it yourself and register the folder."),
    ErrorCode("model-resources-invalid", "The resources of a model must be greater than zero.", "Leave out what is not known."),
    ErrorCode("model-framework-version-alone", "A framework version was given without a framework.", "Give the framework as well, or leave the version out."),
    ErrorCode("model-text-invalid", "A description or framework holds text that cannot be stored.", "Use plain text without control characters, within the length that the message names."),
    ErrorCode("model-tags-invalid", "Tags and properties must be pairs of text.", "Write them as key=value."),
    ErrorCode("model-property-immutable", "Properties cannot be changed once they are set.", "Use a tag for what changes, or register a new version."),
    ErrorCode("model-in-use", "A service uses this model version.", "Delete what uses it first, or update it to another version."),
    ErrorCode("alias-invalid", "The text cannot be an alias.", "Use 1 to 64 printable characters without @, : and /, which are neither a number nor the word latest."),
    ErrorCode("alias-not-found", "The model has no such alias.", "Run `scoredock model show NAME` to see the aliases of a model."),
    ErrorCode("filter-invalid", "The search cannot be understood.", "Write words, key=value, or Tag : value; put quotes around text with other meanings."),
    ErrorCode("model-not-deleted", "The model version is not in the trash.", "Only a deleted version can be restored."),
    ErrorCode("model-file-exists", "The file to download exists already.", "Choose another folder, or allow it to be overwritten."),
    ErrorCode("model-file-missing", "The model version has no file of this path.", "Run `scoredock model show NAME:VERSION` to see its files."),
    ErrorCode("model-known-bad", "A pickle of the model names what runs commands or reaches files or network.", "Find out where the file comes from; if you know why it holds these names, allow it with `scoredock model consent`."),
    ErrorCode("consent-needless", "The version can be deployed without a consent.", "Deploy it as it is."),
    ErrorCode("model-damaged", "The stored bytes of a model no longer match their digest.", "Register the model again from its source; the damaged version is never served."),
)

_RUNS = (
    ErrorCode("run-store-unknown", "The tracking store is not one that is offered.", "Open the folder that holds it, or add its address to the setting scoredock.mlflow.trackingUris."),
    ErrorCode("run-store-unreadable", "The tracking store cannot be read.", "Check that it is a complete mlruns folder, database file or address of MLflow, and that you may read it."),
    ErrorCode("run-store-unsupported", "The tracking store is of a kind or version that Scoredock does not read.", "Start `mlflow server` on it and add the address of the server to scoredock.mlflow.trackingUris."),
    ErrorCode("run-server-unreachable", "The tracking server does not answer.", "Check that it runs and that its address is right, then try again."),
    ErrorCode("run-server-refused", "The tracking server refused the request.", "If it asks for a sign-in, set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, before the start."),
    ErrorCode("run-not-found", "The tracking store has no such run or experiment.", "Read the list again; it may have been deleted."),
    ErrorCode("run-artifact-missing", "The run has no such artifact.", "Look at the artifacts of the run with `scoredock run artifacts`."),
    ErrorCode("run-artifact-unsupported", "The artifact lies where Scoredock does not read.", "Download it with MLflow's own client, then register the downloaded file or folder."),
    ErrorCode("run-choice-invalid", "No child of the run fits the choice.", "Choose a metric or iteration that the children of the run have, or register one of the children."),
)

_ASSETS = (
    ErrorCode("asset-name-invalid", "The name of a dataset, environment or image is outside the grammar.", "Use 1 to 255 letters, digits, dashes, periods and underscores, starting with a letter or digit."),
    ErrorCode("asset-not-found", "The workspace has no such dataset, environment or image.", "Run `scoredock dataset list`, `environment list` or `image list` to see the registered ones."),
    ErrorCode("asset-in-use", "Something uses this version of a dataset, environment or image.", "Change or delete what uses it first."),
    ErrorCode("asset-not-deleted", "The version is not in the trash.", "Only a deleted version can be restored."),
    ErrorCode("dataset-invalid", "The file holds no sample requests.", "Write one request body a line, or a JSON list of bodies."),
    ErrorCode("environment-source-invalid", "No environment can be made of what was given.", "Give a conda YAML file, pip requirements, an azureml_environment.json, a Docker image, or an environment to clone."),
    ErrorCode("environment-not-portable", "The environment needs files that only this machine has.", "Replace them by packages that an index has."),
    ErrorCode("environment-needs-docker", "The environment is a Docker image, in which no process of this machine can run.", "Choose an environment with packages (conda YAML or pip requirements)."),
    ErrorCode("image-reference-invalid", "The text is not the name of a Docker image.", "Write it as `registry.example.com/team/image:tag`, or with a digest after `@`."),
)

_CONFIGS = (
    ErrorCode("file-not-found", "The file does not exist.", "Check the path."),
    ErrorCode("file-unreadable", "The file cannot be read.", "Check that it is a text file in UTF-8 and that you may read it."),
    ErrorCode("file-too-large", "The file is larger than Scoredock reads.", "Make it smaller; it is probably not the file you meant."),
    ErrorCode("check-failed", "Checks found errors that would fail the deployment.", "Fix the findings and deploy again."),
    ErrorCode("rule-not-found", "There is no such rule.", "See docs/rules for the list."),
)

_ENVIRONMENTS = (
    ErrorCode("python-not-found", "No suitable Python was found.", "Install Python 3.9 or later, or name one in the setting scoredock.environment.interpreter."),
    ErrorCode("environment-requirement-invalid", "A requirement cannot be understood.", "Write it as `name`, `name==1.2` or `name>=1.2`."),
    ErrorCode("environment-requirement-unsatisfiable", "A requirement cannot be installed.", "Relax or remove the pin, or choose another Python version."),
    ErrorCode("environment-conda-only", "The environment needs packages that only conda has.", "Replace them by their pip packages."),
    ErrorCode("environment-offline", "The package index cannot be reached.", "Connect to the network, or set an index that can be reached; built environments work offline."),
    ErrorCode("environment-build-failed", "The environment could not be built.", "Read the build output for the cause."),
    ErrorCode("runtime-missing", "The scoring runtime that ships with Scoredock was not found.", "Reinstall Scoredock."),
)

_SERVICES = (
    ErrorCode("service-name-invalid", "The service name is outside the grammar.", "Use 3 to 32 lowercase letters, digits and dashes, starting with a letter and ending with a letter or digit."),
    ErrorCode("service-exists", "A service of this name exists already.", "Choose another name, or update the existing service."),
    ErrorCode("service-not-found", "The workspace has no such service.", "Run `scoredock service list` to see the services."),
    ErrorCode("service-busy", "Another change of this service is under way.", "Wait until it has ended, then try again."),
    ErrorCode("service-state-invalid", "The service is not in a state that allows this.", "See its state with `scoredock service show`."),
    ErrorCode("service-unreachable", "The service does not answer.", "See its log, or restart it."),
    ErrorCode("service-request-invalid", "The request cannot be sent.", "The body must be text or a file that exists."),
    ErrorCode("profile-input-invalid", "The profile cannot be made with these requests.", "Give a text file with one request body a line, and a number of requests that fits."),
    ErrorCode("package-target-not-empty", "The folder for the package is not empty.", "Choose a folder that does not exist yet or is empty."),
    ErrorCode("package-not-portable", "The service needs something that only this machine has.", "Replace it by a package that an index has."),
    ErrorCode("base-image-invalid", "The base image is not the name of an image.", "Write it as `python:3.11-slim` or `registry.example.com/team/python:3.11`."),
    ErrorCode("debugger-failed", "The debugger could not be reached from the service.", "Let the editor listen on the port first, then start debugging again."),
    ErrorCode("deploy-input-missing", "The deployment lacks an entry script.", "Give an entry script or an inference configuration."),
    ErrorCode("deploy-input-invalid", "A choice of the deployment cannot be used.", "Correct the choice and deploy again."),
    ErrorCode("source-too-large", "The source directory is larger than a service may be.", "Choose a smaller source directory, or move data and environments out of it."),
    ErrorCode("engine-not-available", "The chosen engine cannot work on this machine.", "Choose the process engine, which needs nothing more."),
    ErrorCode("port-in-use", "The port is used by another program.", "Choose another port, or leave the port out to get a free one."),
    ErrorCode("port-invalid", "The port is outside 1 to 65535.", "Choose another port, or leave it out."),
    ErrorCode("init-failed", "init() of the entry script raised an exception.", "Fix the error at the shown line and deploy again."),
    ErrorCode("import-failed", "The entry script could not be imported.", "Fix the error at the shown line and deploy again."),
    ErrorCode("script-invalid", "The entry script does not have the functions a service needs.", "Define init() and run(data)."),
    ErrorCode("init-exited", "The process ended while init() ran.", "See the log for what ended it."),
    ErrorCode("init-timeout", "init() did not end in time.", "Make init() faster, or raise scoredock.deploy.startTimeout."),
    ErrorCode("service-crashed", "The process of the service ended by itself.", "See the log for the cause, then restart the service."),
    ErrorCode("deploy-interrupted", "The deployment was interrupted before it ended.", "Deploy again."),
    ErrorCode("cancelled", "The operation was cancelled.", "Start it again when you are ready."),
)

_SERVER = (
    ErrorCode("request-invalid", "The server was asked with arguments it does not understand.", "Reload the window; if it happens again, reinstall the extension so that it and the server fit together."),
    ErrorCode("untrusted", "The folder is not trusted.", "Trust the workspace to register and deploy; reading and checking work without."),
    ErrorCode("internal-error", "Scoredock itself failed.", "See the Scoredock log and report the problem."),
)
# fmt: on

GROUPS: dict[str, tuple[ErrorCode, ...]] = {
    "Workspaces": _WORKSPACES,
    "Models": _MODELS,
    "Runs": _RUNS,
    "Datasets, environments, images": _ASSETS,
    "Files and checks": _CONFIGS,
    "Environments": _ENVIRONMENTS,
    "Services": _SERVICES,
    "Server": _SERVER,
}

CODES: dict[str, ErrorCode] = {declared.code: declared for group in GROUPS.values() for declared in group}
