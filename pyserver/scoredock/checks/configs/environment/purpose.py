"""Purpose of a conda file: a service, or training and everything else."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from scoredock.analysis.facts import Facts
from scoredock.analysis.paths import folder_above, folder_of
from scoredock.checks.programs_beside import OF_WORKBENCH, cell_code

_MOST_FOLDERS = 30
"""Beside the one of the file, in which a configuration is looked for."""
_MOST_FILES = 20
_SERVER = re.compile(
    r"^\s*-\s*[\"']?(?:azureml-defaults|azureml-inference-server-http|inference-schema|azureml-contrib-services)\b",
    re.MULTILINE,
)
"""Packages that only a service needs; azureml-defaults came with environments for training as well."""
_TRAINS = re.compile(r"(?:^|[-_.])train(?:ing)?(?:[-_.]|$)", re.IGNORECASE)
_CONDA_FILE = re.compile(r"\bconda(?:Dependencies)?File\b")
_DEPLOYS = re.compile(
    r"\b(?:InferenceConfig|image_configuration|ManagedOnlineDeployment|KubernetesOnlineDeployment)[ \t]*\("
)
_ELSEWHERE = re.compile(
    r"\b(?:(?:Model)?BatchDeployment|ParallelRunConfig|ScriptRunConfig|command)[ \t]*\("
    r"|/latest/(?:command|parallel|spark)(?:Component|Job)\b|/latest/(?:model)?batchDeployment\b",
    re.IGNORECASE,
)
"""What runs a script without a scoring server."""
_PROGRAMS = (".py", ".ipynb", ".yml", ".yaml")
_MADE = r"(\w+)(?:\.python\.conda_dependencies)?[ \t]*=[ \t]*(?:Environment|CondaDependencies)(?:\.\w+)?[ \t]*\("
_GIVEN = r"\b(?:InferenceConfig|ManagedOnlineDeployment|KubernetesOnlineDeployment)[ \t]*\("
_GIVEN_IN_V1 = r"\bInferenceConfig[ \t]*\("
_WITHIN = r"(?:[^()]|\([^()]*\)){0,600}?"
"""Arguments of a call."""
_SUBMITS = re.compile(r"\b(?:ScriptRunConfig|Estimator|SKLearn|PyTorch|TensorFlow|RunConfiguration)[ \t]*\(")


_ADDED = re.compile(r"\binferencing_stack_version[ \t]*=[ \t]*[\"']")
"""How a program has Azure add the scoring server to the image."""
_OF_V1 = re.compile(
    r"\b(?:InferenceConfig|image_configuration)[ \t]*\(|\baz[ \t]+ml[ \t]+(?:model[ \t]+deploy|online-d)"
)
_OF_V2 = re.compile(r"\b(?:Managed|Kubernetes)OnlineDeployment[ \t]*\(" + _WITHIN + r"\benvironment[ \t]*=")
_TRAINS_OR_DEPLOYS = re.compile("|".join(each.pattern for each in (_DEPLOYS, _ELSEWHERE, _SUBMITS)), re.IGNORECASE)
_SCRIPT = re.compile(r"^[ \t]*def[ \t]+init[ \t]*\(", re.MULTILINE)


def deploys_with_own(code: str) -> bool:
    """True if the cells of a notebook deploy with an environment of their own, as one without a script needs none, or
    write a script that something else deploys."""
    if _OF_V1.search(code) or _OF_V2.search(code):
        return True
    return _SCRIPT.search(code) is not None and _TRAINS_OR_DEPLOYS.search(code) is None


def may_serve(facts: Facts) -> bool:
    """True unless the folders around the file are known and show nothing that is deployed, or a program has the server
    added."""
    if facts.listing is None or not facts.path:
        return True
    own = folder_of(facts.path)
    if any(_ADDED.search(cell_code(text) if name.endswith(".ipynb") else text) for name, text in _naming(facts, own)):
        return False
    if facts.serves:
        return True
    if _is_deployed(facts, own):
        return True
    if not any(
        _serves(facts, folder, name) for folder in (own, folder_above(own, facts)) for name in _listing(facts, folder)
    ):
        return False
    return not (_another_serves(facts, own) or _is_written(facts, own) or _runs_elsewhere(facts, own))


def _is_deployed(facts: Facts, own: str, call: str = _GIVEN) -> bool:
    """True if a program around the file makes an environment of it and deploys that, with a script of whatever name."""
    mine = rf"(?<![\w-]){re.escape(posixpath.basename(facts.path))}(?![\w.-])"
    for name, written in _naming(facts, own):
        if not (name.endswith((".py", ".ipynb")) and _DEPLOYS.search(written)):
            continue
        text = cell_code(written) if name.endswith(".ipynb") else written
        made = {re.escape(each[1]) for each in re.finditer(_MADE + _WITHIN + mine, text)}
        ways = [rf"conda_file[ \t]*=[^,()]*{mine}", *(rf"environment[ \t]*=[ \t]*{each}\b" for each in sorted(made))]
        if any(re.search(rf"{call}{_WITHIN}\b{each}", text) for each in ways):
            return True
    return False


def _runs_elsewhere(facts: Facts, own: str) -> bool:
    """True if what names the file are batches, jobs, their configurations and components, and nothing that makes a
    service of it."""
    mine = posixpath.basename(facts.path)
    texts = list(_naming(facts, own))
    runs = (name for name in _listing(facts, own) if name.endswith(".runconfig"))
    is_of_runs = any(mine in (facts.read(posixpath.join(own, name)) or "") for name in runs)
    if not is_of_runs and not any(_ELSEWHERE.search(text) for _, text in texts):
        return False
    if any(_DEPLOYS.search(text) or _v2_kind(name, text) == "online-deployment" for name, text in texts):
        return False
    return not any(mine in (facts.read(path) or "") for path in _configurations(facts, own))


def _naming(facts: Facts, own: str) -> Iterator[tuple[str, str]]:
    """Programs and YAML files around a file that name it, by its name in its folder or below, with its folder above."""
    mine, above = posixpath.basename(facts.path), folder_above(own, facts)
    below = [posixpath.join(own, name) for name in _listing(facts, own)[:_MOST_FOLDERS] if "." not in name]
    for folder in dict.fromkeys([own, above, *below]):
        front = "" if folder == own else f"{posixpath.basename(own)}/" if folder == above else "../"
        path = re.compile(rf"(?<![\w-])(?<!\w/){re.escape(front + mine)}(?![\w-])")
        names = [name for name in _listing(facts, folder) if name.lower().endswith(_PROGRAMS) and name != mine]
        for name in names[:_MOST_FILES]:
            text = facts.read(posixpath.join(folder, name)) or ""
            if mine in text and path.search(text):
                yield name, text


def _is_written(facts: Facts, own: str) -> bool:
    """True if MLflow wrote it beside its model, which is deployed without a script and with a server of its own, or
    the SDK beside a definition, as it saves environments of all kinds; and no configuration names it."""
    mine, beside = posixpath.basename(facts.path), _listing(facts, own)
    is_saved = "azureml_environment.json" in beside and mine.startswith("conda_dependencies.")
    return ("MLmodel" in beside or is_saved) and not any(
        mine in (facts.read(path) or "") for path in _configurations(facts, own)
    )


def _is_for_training(facts: Facts, own: str) -> bool:
    """True if its name or the programs that name it say so, and nothing that deploys names the file: scripts of both
    lie side by side."""
    mine = posixpath.basename(facts.path)
    beside = _listing(facts, own)
    programs = [name for name in beside if name.lower().endswith((".py", ".ipynb"))][:_MOST_FILES]
    naming = [text for name in programs if mine in (text := facts.read(posixpath.join(own, name)) or "")]
    if any(_DEPLOYS.search(text) for text in naming):
        return False
    if not (_TRAINS.search(posixpath.splitext(mine)[0]) or any(_SUBMITS.search(text) for text in naming)):
        return False
    yaml = [name for name in beside if name.lower().endswith((".yml", ".yaml")) and name != mine]
    texts = [(name, facts.read(posixpath.join(own, name)) or "") for name in yaml[:_MOST_FILES]]
    if any(mine in text and _v2_kind(name, text) == "online-deployment" for name, text in texts):
        return False
    return not any(mine in (facts.read(path) or "") for path in _configurations(facts, own))


def _another_serves(facts: Facts, own: str) -> bool:
    """True if an environment beside it has what serves, and no configuration names this one."""
    mine = posixpath.basename(facts.path)
    yaml = [name for name in _listing(facts, own) if name.lower().endswith((".yml", ".yaml")) and name != mine]
    texts = [(name, facts.read(posixpath.join(own, name)) or "") for name in yaml[:_MOST_FILES]]
    if any(_of_v2(name, text) and mine in text for name, text in texts):
        return False
    if not any(_of_v2(name, text) or ("dependencies:" in text and _SERVER.search(text)) for name, text in texts):
        return False
    return not any(mine in (facts.read(path) or "") for path in _configurations(facts, own))


def _of_v2(name: str, text: str) -> bool:
    """True if a file deploys to an online endpoint with an environment that it names, or that it has in itself."""
    return _v2_kind(name, text) == "online-deployment" and "\nenvironment:" in text


def surely_serves(facts: Facts, text: str) -> bool:
    """True if a service runs with it: an inference configuration or a program that deploys names it."""
    if is_served(facts, text):
        return True
    return facts.listing is not None and bool(facts.path) and _is_deployed(facts, folder_of(facts.path))


def is_served(facts: Facts, text: str) -> bool:
    """True if a service of Scoredock is made with it: it is being deployed, an inference configuration or a program
    names it, or it is the one environment with what serves beside an entry script."""
    if facts.serves or facts.listing is None or not facts.path:
        return facts.serves
    own = folder_of(facts.path)
    name = posixpath.basename(facts.path)
    if any(name in (facts.read(path) or "") for path in _configurations(facts, own)):
        return True
    if _is_of_workbench(facts, own) or _is_deployed(facts, own, _GIVEN_IN_V1):
        return True
    if _is_for_training(facts, own) or _has_another(facts, own):
        return False
    beside = _listing(facts, own)
    if not _SERVER.search(text) or not any(
        each.lower().endswith(".py") and _serves(facts, own, each) for each in beside
    ):
        return False
    yaml = [each for each in beside if each.lower().endswith((".yml", ".yaml")) and each != name]
    for each in yaml[:_MOST_FILES]:
        path = posixpath.join(own, each)
        content = facts.read(path) or ""
        is_other = "dependencies:" in content and (
            _SERVER.search(content) is not None or _is_deployed(replace(facts, path=path), own, _GIVEN_IN_V1)
        )
        if is_other or (name in content and _v2_kind(each, content)):
            return False  # which of them serves is unknown, or v2 does it
    return True


def _is_of_workbench(facts: Facts, own: str) -> bool:
    """True if it is the one file of a project of the Workbench, for its runs and for the services of the scripts in the
    folder above."""
    if posixpath.basename(own) != "aml_config" or not any(each.endswith(OF_WORKBENCH) for each in _listing(facts, own)):
        return False
    above = folder_above(own, facts)
    return any(each.lower().endswith(".py") and _serves(facts, above, each) for each in _listing(facts, above))


def _has_another(facts: Facts, own: str) -> bool:
    """True if a configuration in or below the folder deploys a script of it with another conda file."""
    scripts = [name for name in _listing(facts, own) if name.lower().endswith(".py")]
    below = [own, *(posixpath.join(own, name) for name in _listing(facts, own)[:_MOST_FOLDERS] if "." not in name)]
    texts = [facts.read(path) or "" for path in _configurations(facts, own) if folder_of(path) in below]
    return any(_CONDA_FILE.search(text) and any(name in text for name in scripts) for text in texts)


def _v2_kind(name: str, text: str) -> str:
    """Empty for what is not a file of v2. A deployment says itself what its environment is for, and loads no signs."""
    from scoredock.formats.v2.kinds import v2_kind

    return v2_kind(name, text)[0] or ""


def _serves(facts: Facts, folder: str, name: str) -> bool:
    """True if a file shows that its folder is deployed; a script not by its name alone, where it can be read, nor with
    a `run()` that no server can call."""
    from scoredock.formats.document_kind import (
        asks_for_several,
        kind_of,
        serves,
    )  # a deployment says what its environment is for

    if not serves(name):
        return False
    path = posixpath.join(folder, name)
    text = facts.read(path) if name.lower().endswith(".py") else None
    return text is None or (kind_of(path, text) in ("entry-script", "batch-script") and not asks_for_several(text))


def _configurations(facts: Facts, own: str) -> Iterator[str]:
    """Inference configurations in the folder of the file, in the one above, and in those below both."""
    from scoredock.formats.document_kind import is_inference_configuration

    above = folder_above(own, facts)
    beside = [
        posixpath.join(folder, name)
        for folder in (above, own)
        for name in _listing(facts, folder)[:_MOST_FOLDERS]
        if "." not in name
    ]
    for folder in dict.fromkeys([own, above, *beside]):
        for name in _listing(facts, folder):
            if is_inference_configuration(name):
                yield posixpath.join(folder, name)


def _listing(facts: Facts, folder: str) -> list[str]:
    try:
        return list(facts.listing(folder)) if facts.listing is not None and folder else []
    except OSError:
        return []
