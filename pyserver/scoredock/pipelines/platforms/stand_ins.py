"""What stands here for the actions and tasks of the platforms, by name."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from scoredock import l10n
from scoredock.late_dataclass import dataclass
from scoredock.pipelines.pipeline import Step, StepKind

Inputs = Mapping[str, str]
Files = Callable[[str], "str | None"]
"""The text of a file of the repository by its path in it; None where there is none."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """What becomes of a step of a platform."""

    kind: StepKind
    reason: str
    action: str = ""
    """What stands for it: `nothing`, `python`, `upload`, `download`, `sarif`, `script` and others."""
    script: str = ""
    program: tuple[str, ...] = ("bash", "-e")
    folder: str = ""

    def step(self, step: Step) -> Step:
        """A step with that in its place."""
        return replace(
            step,
            kind=self.kind,
            reason=self.reason,
            action=self.action,
            script=self.script,
            program=self.program,
            folder=self.folder or step.folder,
        )


def bare_name(uses: str) -> str:
    """The name of an action or task without its version: `actions/checkout`, `azurecli`. A task of the marketplace is
    its last part."""
    name = uses.partition("@")[0].strip().lower()
    return name.rpartition(".")[2] if "/" not in name else name


def stand_in(uses: str, inputs: Inputs, files: Files) -> StandIn:
    """Of an action or a task."""
    work = STAND_INS.get(bare_name(uses))
    if work is not None:
        return work(inputs, files)
    return StandIn("left-out", l10n.t("{name} belongs to its platform, and nothing here stands for it.", name=uses))


def _script(reason: str, text: str, folder: str = "", program: tuple[str, ...] = ("bash", "-e")) -> StandIn:
    return StandIn("stand-in", reason, "script", text, program, folder)


# ---------------------------------------------------------------------------------------------- scripts of tasks


def _azure_cli(inputs: Inputs, _files: Files) -> StandIn:
    """`AzureCLI`: its script in bash, with our `az` on PATH."""
    kind = inputs.get("scripttype", "bash").lower()
    if kind in ("ps", "pscore", "batch"):
        return StandIn("left-out", _other_shell(kind))
    reason = l10n.t("“az ml” of v1 is carried out here; nobody signs in to Azure.")
    inline = inputs.get("inlinescript", inputs.get("inline", ""))
    folder = inputs.get("workingdirectory", inputs.get("cwd", ""))
    path = inputs.get("scriptpath", "")
    arguments = inputs.get("scriptarguments", inputs.get("arguments", inputs.get("args", "")))
    if inputs.get("scriptlocation", "inlinescript" if inline else "scriptPath").lower() == "scriptpath" and path:
        return _script(reason, _of_file("bash", path, arguments, folder), folder)
    return _script(reason, f"set -- {arguments}\n{inline}" if arguments else inline, folder)


def _azure_cli_action(inputs: Inputs, _files: Files) -> StandIn:
    return _script(
        l10n.t("“az ml” of v1 is carried out here; nobody signs in to Azure."), inputs.get("inlinescript", "")
    )


def _bash(inputs: Inputs, _files: Files) -> StandIn:
    folder = inputs.get("workingdirectory", "")
    path = inputs.get("filepath", "")
    if inputs.get("targettype", "filePath" if path else "inline").lower() == "filepath":
        return _script("", _of_file("bash", path, inputs.get("arguments", ""), folder), folder, ("bash",))
    return _script("", inputs.get("script", ""), folder, ("bash",))


def _command_line(inputs: Inputs, _files: Files) -> StandIn:
    return _script("", inputs.get("script", ""), inputs.get("workingdirectory", ""), ("bash",))


def _shell_script(inputs: Inputs, _files: Files) -> StandIn:
    path = inputs.get("scriptpath", "")
    folder = inputs.get("cwd", "")
    if not folder and inputs.get("disableautocwd", "").lower() != "true":
        folder = path.rpartition("/")[0]
    return _script("", _of_file("bash", path, inputs.get("args", ""), folder), folder, ("bash",))


def _python_script(inputs: Inputs, _files: Files) -> StandIn:
    folder = inputs.get("workingdirectory", "")
    if inputs.get("scriptsource", "filePath").lower() == "inline":
        if inputs.get("arguments"):
            return StandIn("left-out", l10n.t("A script in the file itself gets no arguments here."))
        return _script("", inputs.get("script", ""), folder, ("python3",))
    return _script("", _of_file("python3", inputs.get("scriptpath", ""), inputs.get("arguments", ""), folder), folder)


_COPY = """\
import os
import re
import shutil
import sys

source = {source} or "."
target = {target}
patterns = [line.strip() for line in {contents}.splitlines() if line.strip()] or ["**"]
is_flat = {flatten}.lower() == "true"
replaces = {replaces}.lower() == "true"
if not os.path.isdir(source):
    sys.exit("There is no folder " + source + ".")


def expression(pattern):
    parts = re.split(r"(\\*\\*/|\\*\\*|\\*|\\?)", pattern)
    signs = {{"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}}
    return "".join(signs.get(part, re.escape(part)) for part in parts) + r"\\Z"


def is_chosen(path):
    chosen = False
    for pattern in patterns:
        if re.match(expression(pattern.lstrip("!").strip("/")), path):
            chosen = not pattern.startswith("!")
    return chosen


if {clean}.lower() == "true":
    shutil.rmtree(target, ignore_errors=True)
chosen = []
for folder, folders, names in os.walk(source):
    folders[:] = [name for name in folders if os.path.abspath(os.path.join(folder, name)) != os.path.abspath(target)]
    paths = [os.path.relpath(os.path.join(folder, name), source).replace(os.sep, "/") for name in names]
    chosen += [path for path in paths if is_chosen(path)]
count = 0
for path in sorted(chosen):
    place = os.path.join(target, os.path.basename(path) if is_flat else path)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if replaces or not os.path.exists(place):
        shutil.copy2(os.path.join(source, path), place)
        count += 1
print(count, "files copied to", target)
"""
"""`CopyFiles`: patterns of minimatch below a folder, `!` for what is left out. For Python; what stands in the inputs as
`$(name)` is filled in before it runs."""


def _copy_files(inputs: Inputs, _files: Files) -> StandIn:
    names = {
        "source": "sourcefolder",
        "target": "targetfolder",
        "contents": "contents",
        "flatten": "flattenfolders",
        "clean": "cleantargetfolder",
        "replaces": "overwrite",
    }
    program = _COPY.format(**{name: repr(inputs.get(key, "")) for name, key in names.items()})
    return _script(l10n.t("The files are copied here."), program, program=("python3",))


def _of_file(program: str, path: str, arguments: str, folder: str) -> str:
    """A line that runs a file of the repository, from whichever folder. The path and the arguments are filled in by the
    platform before the shell reads them."""
    place = f"$(System.DefaultWorkingDirectory)/{path}" if folder and not path.startswith(("/", "$(")) else path
    return f'{program} "{place}" {arguments}'.rstrip()


def _other_shell(name: str) -> str:
    return l10n.t("Its script is not of bash but of “{name}”.", name=name)


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


def _aml_workspace(inputs: Inputs, files: Files) -> StandIn:
    values = _parameters(inputs, "workspace.json", files)
    name = values.get("name", "")
    if not name:
        return StandIn("stand-in", l10n.t("No workspace is named; the one of the folder is used."), "nothing")
    line = "az ml folder attach" + _options({"-w": name, "-g": values.get("resource_group", "scoredock")})
    return _script(_as_lines(), line)


def _aml_register(inputs: Inputs, files: Files) -> StandIn:
    values = _parameters(inputs, "registermodel.json", files)
    if inputs.get("run_id") or inputs.get("experiment_name"):
        reason = l10n.t("The run that it registers a model of was never here: training is in Azure.")
        return StandIn("left-out", reason)
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
    return _script(_as_lines(), outputs.replace("{line}", line))


def _aml_deploy(inputs: Inputs, files: Files) -> StandIn:
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
    return _script(_as_lines(), script)


def _model_deploy(inputs: Inputs, _files: Files) -> StandIn:
    """`AMLModelDeploy` of the marketplace's extension for machine learning."""
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
    return _script(_as_lines(), line)


def _model_profile(inputs: Inputs, _files: Files) -> StandIn:
    line = "az ml model profile" + _options(
        {
            "-n": inputs.get("profilename", "profile"),
            "-m": ":".join(filter(None, (inputs.get("modelname"), inputs.get("modelversion")))),
            "--ic": inputs.get("inferencepath", ""),
            "-d": inputs.get("inputdata", ""),
        }
    )
    return _script(_as_lines(), line)


def _same_for_all() -> Mapping[str, tuple[str, str]]:
    """Those that are the same with all inputs: the action, which is empty for what is left out, and the reason."""
    checkout = "nothing", l10n.t("The files of the folder are used as they are.")
    python = "python", l10n.t("The Python of this machine is used.")
    upload = l10n.t("The files are kept for the jobs behind it.")
    download = l10n.t("Files that a job before it has kept.")
    trains = "", l10n.t("It trains in Azure: Scoredock deploys models and does not train.")
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
        "usepythonversion": python,
        "publishbuildartifacts": ("upload", upload),
        "publishpipelineartifact": ("upload", upload),
        "downloadbuildartifacts": ("download", download),
        "downloadpipelineartifact": ("download-here", download),
        "publishtestresults": ("results", l10n.t("The results of the tests are read, and published nowhere.")),
        "publishcodecoverageresults": ("nothing", l10n.t("Code coverage is published nowhere.")),
        "mlpublishedpipelinerestapitask": trains,
    }


def _same(name: str, _inputs: Inputs, _files: Files) -> StandIn:
    action, reason = _same_for_all()[name]
    return StandIn("stand-in" if action else "left-out", reason, action)


STAND_INS: Mapping[str, Callable[[Inputs, Files], StandIn]] = {
    # Their inputs are declared in `keys/github.json` and `keys/azure.json`
    **{name: partial(_same, name) for name in _same_for_all()},
    "azure/cli": _azure_cli_action,
    "azure/aml-workspace": _aml_workspace,
    "azure/aml-registermodel": _aml_register,
    "azure/aml-deploy": _aml_deploy,
    "azurecli": _azure_cli,
    "bash": _bash,
    "cmdline": _command_line,
    "shellscript": _shell_script,
    "pythonscript": _python_script,
    "copyfiles": _copy_files,
    "amlmodeldeploy": _model_deploy,
    "amlmodelprofile": _model_profile,
}
_MINUTES = re.compile(r"\d+(?:\.\d+)?")


def minutes(text: str) -> float | None:
    """A time limit of a platform; None for none, which 0 is as well."""
    match = _MINUTES.fullmatch(text.strip())
    return float(text) or None if match else None
