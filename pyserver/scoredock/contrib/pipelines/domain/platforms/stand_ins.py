"""Stand-ins for the actions and tasks of the platforms, by name: the Azure CLI, scripts, Azure ML."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from scoredock import l10n
from scoredock.contrib.pipelines.domain.pipeline import Step

Inputs = Mapping[str, str]
Files = Callable[[str], "str | None"]
"""The text of a file of the repository by its path in it; None where there is none."""


def bare_name(uses: str) -> str:
    """The name of an action or task without its version: `actions/checkout`, `azurecli`. A task of the marketplace is
    its last part."""
    name = uses.partition("@")[0].strip().lower()
    return name.rpartition(".")[2] if "/" not in name else name


def stand_in(uses: str, step: Step, files: Files) -> Step:
    """The step of an action or a task with what stands for it."""
    work = STAND_INS.get(bare_name(uses))
    if work is not None:
        return work(step, files)
    return _left_out(step, l10n.t("{name} belongs to its platform, and nothing here stands for it.", name=uses))


def _left_out(step: Step, reason: str) -> Step:
    return replace(step, kind="left-out", reason=reason)


def of_other_shell(step: Step, name: str) -> Step:
    """A step whose script nothing here runs."""
    return _left_out(step, l10n.t("Its script is not of bash but of “{name}”.", name=name))


def _stood_for(step: Step, reason: str, action: str) -> Step:
    return replace(step, kind="stand-in", reason=reason, action=action)


def _script(step: Step, reason: str, text: str, folder: str = "", program: tuple[str, ...] = ("bash", "-e")) -> Step:
    step = replace(step, script=text, program=program, folder=folder or step.folder)
    return _stood_for(step, reason, "script")


# ---------------------------------------------------------------------------------------------- scripts of tasks


def _azure_cli(step: Step, _files: Files) -> Step:
    """`AzureCLI`: its script in bash, with our `az` on PATH."""
    inputs = step.inputs
    kind = inputs.get("scripttype", "bash").lower()
    if kind in ("ps", "pscore", "batch"):
        return of_other_shell(step, kind)
    reason = l10n.t("“az ml” of v1 is carried out here; nobody signs in to Azure.")
    inline = inputs.get("inlinescript", inputs.get("inline", ""))
    folder = inputs.get("workingdirectory", inputs.get("cwd", ""))
    path = inputs.get("scriptpath", "")
    arguments = inputs.get("scriptarguments", inputs.get("arguments", inputs.get("args", "")))
    if inputs.get("scriptlocation", "inlinescript" if inline else "scriptPath").lower() == "scriptpath" and path:
        return _script(step, reason, _of_file("bash", path, arguments, folder), folder)
    return _script(step, reason, f"set -- {arguments}\n{inline}" if arguments else inline, folder)


def _bash(step: Step, _files: Files) -> Step:
    """`Bash`, and `CmdLine`, which has no file."""
    inputs = step.inputs
    folder = inputs.get("workingdirectory", "")
    path = inputs.get("filepath", "")
    if inputs.get("targettype", "filePath" if path else "inline").lower() == "filepath":
        return _script(step, "", _of_file("bash", path, inputs.get("arguments", ""), folder), folder, ("bash",))
    return _script(step, "", inputs.get("script", ""), folder, ("bash",))


def _shell_script(step: Step, _files: Files) -> Step:
    inputs = step.inputs
    path = inputs.get("scriptpath", "")
    folder = inputs.get("cwd", "")
    if not folder and inputs.get("disableautocwd", "").lower() != "true":
        folder = path.rpartition("/")[0]
    return _script(step, "", _of_file("bash", path, inputs.get("args", ""), folder), folder, ("bash",))


def _python_script(step: Step, _files: Files) -> Step:
    inputs = step.inputs
    folder = inputs.get("workingdirectory", "")
    if inputs.get("scriptsource", "filePath").lower() == "inline":
        if inputs.get("arguments"):
            return _left_out(step, l10n.t("A script in the file itself gets no arguments here."))
        return _script(step, "", inputs.get("script", ""), folder, ("python3",))
    return _script(
        step, "", _of_file("python3", inputs.get("scriptpath", ""), inputs.get("arguments", ""), folder), folder
    )


def _of_file(program: str, path: str, arguments: str, folder: str) -> str:
    """A line that runs a file of the repository, from whichever folder. The path and the arguments are filled in by the
    platform before the shell reads them."""
    place = f"$(System.DefaultWorkingDirectory)/{path}" if folder and not path.startswith(("/", "$(")) else path
    return f'{program} "{place}" {arguments}'.rstrip()


# ------------------------------------------------------------------------------------ actions and tasks of Azure ML


def _parameters(inputs: Inputs, default: str, files: Files) -> Mapping[str, Any]:
    """The file of parameters of an action of Azure ML: in `.cloud/.azure`, of first versions in `.ml/.azure`."""
    name = inputs.get("parameters_file", inputs.get("parametersfile", "")) or default
    for place in (f".cloud/.azure/{name}", f".ml/.azure/{name}", name):
        text = files(place)
        if text is None:
            continue
        try:
            value = json.loads(text)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}
    return {}


def _word(value: Any) -> str:
    """A word of a shell; what an expression fills in stands in double quotes."""
    text = str(value)
    return f'"{text}"' if "${{" in text or "$(" in text else shlex.quote(text)


def _options(pairs: Mapping[str, Any]) -> str:
    return "".join(f" {name} {_word(value)}" for name, value in pairs.items() if value not in (None, ""))


def _many(name: str, values: Any) -> str:
    pairs = values.items() if isinstance(values, dict) else ()
    return "".join(f" {name} {_word(f'{key}={value}')}" for key, value in pairs)


def _as_lines() -> str:
    return l10n.t("It is carried out here as lines of “az ml” (v1).")


def _aml_workspace(step: Step, files: Files) -> Step:
    values = _parameters(step.inputs, "workspace.json", files)
    name = values.get("name", "")
    if not name:
        reason = l10n.t("No workspace is named; the one of the folder is used.")
        return _stood_for(step, reason, "nothing")
    line = "az ml folder attach" + _options({"-w": name, "-g": values.get("resource_group", "scoredock")})
    return _script(step, _as_lines(), line)


def _aml_register(step: Step, files: Files) -> Step:
    inputs = step.inputs
    values = _parameters(inputs, "registermodel.json", files)
    if inputs.get("run_id") or inputs.get("experiment_name"):
        reason = l10n.t("The run that it registers a model of was never here: training is in Azure.")
        return _left_out(step, reason)
    name = values.get("model_name", "${GITHUB_REPOSITORY##*/}-${GITHUB_REF_NAME}")
    path = values.get("model_file_name", "model.pkl")
    given = f'"{name}"' if "${" in name else _word(name)
    line = f"az ml model register -n {given}" + _options({"-p": path, "--description": values.get("model_description")})
    line += _many("--tag", values.get("model_tags")) + _many("--property", values.get("model_properties"))
    outputs = (
        "model=$({line} -o tsv --query id)\n"
        'echo "model_id=$model" >> "$GITHUB_OUTPUT"\n'
        'echo "model_name=${model%:*}" >> "$GITHUB_OUTPUT"\n'
        'echo "model_version=${model##*:}" >> "$GITHUB_OUTPUT"\n'
    )
    return _script(step, _as_lines(), outputs.replace("{line}", line))


def _aml_deploy(step: Step, files: Files) -> Step:
    inputs = step.inputs
    values = _parameters(inputs, "deploy.json", files)
    name = values.get("name") or "service"
    model = inputs.get("model_name", inputs.get("modelname", ""))
    version = inputs.get("model_version", inputs.get("modelversion", ""))
    reference = f"{model}:{version}" if version else model
    line = "az ml model deploy --overwrite" + _options(
        {
            "-n": name,
            "-m": reference,
            "--es": values.get("inference_entry_script", "score.py"),
            "--sd": values.get("inference_source_directory", "code/deploy/"),
            "--cf": values.get("conda_file", "environment.yml"),
            "--ct": values.get("deployment_compute_target"),
            "--cc": values.get("cpu_cores"),
            "--gb": values.get("memory_gb"),
            "--description": values.get("description"),
        }
    )
    line += _many("--tag", values.get("tags")) + _many("--property", values.get("properties"))
    script = (
        f"{line}\n"
        f'echo "service_scoring_uri=$(az ml service show -n {_word(name)} --query scoringUri -o tsv)"'
        ' >> "$GITHUB_OUTPUT"\n'
    )
    if values.get("delete_service_after_deployment"):
        script += f"az ml service delete -n {_word(name)}\n"
    return _script(step, _as_lines(), script)


def _model_deploy(step: Step, _files: Files) -> Step:
    """`AMLModelDeploy` of the marketplace's extension for machine learning."""
    inputs = step.inputs
    model, version = inputs.get("modelname", ""), inputs.get("modelversion", "")
    target = inputs.get("deploymenttarget", "ACI").upper()
    line = "az ml model deploy" + _options(
        {
            "-n": inputs.get("deploymentname", inputs.get("endpointname", "")),
            "-m": f"{model}:{version}" if version else model,
            "--ic": inputs.get("inferencepath", inputs.get("inferenceconfig", "")),
            "--dc": inputs.get("deployconfig", inputs.get("deploymentconfig", "")),
            "--ct": inputs.get("akscluster", "") if target == "AKS" else "",
        }
    )
    if inputs.get("overwriteexistingdeployment", "").lower() == "true":
        line += " --overwrite"
    return _script(step, _as_lines(), line)


def _model_profile(step: Step, _files: Files) -> Step:
    inputs = step.inputs
    line = "az ml model profile" + _options(
        {
            "-n": inputs.get("profilename", "profile"),
            "-m": ":".join(filter(None, (inputs.get("modelname"), inputs.get("modelversion")))),
            "--ic": inputs.get("inferencepath", ""),
            "-d": inputs.get("inputdata", ""),
        }
    )
    return _script(step, _as_lines(), line)


def _same_for_all() -> Mapping[str, tuple[str, str]]:
    """Those that are the same with all inputs: the action, which is empty for what is left out, and the reason."""
    checkout = "nothing", l10n.t("The files of the folder are used as they are.")
    python = "python", l10n.t("The Python of this machine is used.")
    upload = l10n.t("The files are kept for the jobs behind it.")
    download = l10n.t("Files that a job before it has kept.")
    trains = "", l10n.t("It trains in Azure; nothing here stands in for that.")
    return {
        # GitHub
        "actions/checkout": checkout,
        "actions/setup-python": python,
        "actions/cache": ("nothing", l10n.t("Nothing is cached here between runs.")),
        "actions/upload-artifact": ("upload-of-github", upload),
        "actions/download-artifact": ("download-of-github", download),
        "github/codeql-action/upload-sarif": ("sarif", l10n.t("The findings are read, and sent to nobody.")),
        "azure/login": ("nothing", l10n.t("Nobody signs in to Azure.")),
        "azure/aml-run": trains,
        "azure/aml-compute": ("", l10n.t("It makes a cluster in Azure; services run on this machine.")),
        # Azure Pipelines
        "checkout": checkout,
        "copyfiles": ("copy", l10n.t("The files are copied here.")),
        "usepythonversion": python,
        "publishbuildartifacts": ("upload", upload),
        "publishpipelineartifact": ("upload", upload),
        "downloadbuildartifacts": ("download", download),
        "downloadpipelineartifact": ("download-here", download),
        "publishtestresults": ("results", l10n.t("The results of the tests are read, and published nowhere.")),
        "publishcodecoverageresults": ("nothing", l10n.t("Code coverage is published nowhere.")),
        "mlpublishedpipelinerestapitask": trains,
    }


def _same(name: str, step: Step, _files: Files) -> Step:
    action, reason = _same_for_all()[name]
    return _stood_for(step, reason, action) if action else _left_out(step, reason)


STAND_INS: Mapping[str, Callable[[Step, Files], Step]] = {
    # Their inputs are declared in `keys/github.json` and `keys/azure.json`
    **{name: partial(_same, name) for name in _same_for_all()},
    "azure/cli": _azure_cli,
    "azure/aml-workspace": _aml_workspace,
    "azure/aml-registermodel": _aml_register,
    "azure/aml-deploy": _aml_deploy,
    "azurecli": _azure_cli,
    "bash": _bash,
    "cmdline": _bash,
    "shellscript": _shell_script,
    "pythonscript": _python_script,
    "amlmodeldeploy": _model_deploy,
    "amlmodelprofile": _model_profile,
}
_MINUTES = re.compile(r"\d+(?:\.\d+)?")


def minutes(text: str) -> float | None:
    """A time limit of a platform; None for none, which 0 is as well."""
    match = _MINUTES.fullmatch(text.strip())
    return float(text) or None if match else None
