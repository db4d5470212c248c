"""Advice in place of `az ml job create -f FILE`: each step of the job as its file describes it."""

from __future__ import annotations

import os
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from scoredock import l10n
from scoredock.analysis.rule import enumeration, quoted_names
from scoredock.contrib.az.lines.submitted_scripts import registers_note
from scoredock.contrib.az.lines.v2_files import ELSEWHERE, NotYaml, mapping_of, read_keys, with_change
from scoredock.scripts.project_files import levels

_DEEPEST = 3
"""Components in components that are looked into."""
_DEEPEST_FOLDER = 5
"""Folders below that of a job, or below its project, in which components are looked for."""
_MOST = 8
"""Steps that are shown."""
_MOST_FILES = 300
"""Files that are looked into for a component."""
_OF_COMPONENT = {"command", "jobs", "task"}
_SCRIPT = re.compile(r"(?<![\w.-])(?:\./)?([\w./-]+\.py)\b")
_MODULE = re.compile(
    r"(?P<variables>(?:[A-Za-z_]\w*=[^\s;&|]+\s+)*)python[\d.]*\s+(?:-[BOu]\s+)*-m\s+(?P<module>[A-Za-z_][\w.]*)"
)
_Values = Mapping[str, str | Path]
"""What is said of inputs, by their names: a text, or a path of this machine."""
_OF_OUTER = re.compile(r"(?:\$\{\{\s*parent\.)?((?:inputs|jobs\.[\w-]+\.outputs)\.[\w-]+)(?:\s*\}\})?")
"""An input of the job that a step is in, or what another step of it writes, also as the previews wrote them."""
_INPUT = re.compile(r"\{\s*inputs\.([\w-]+)")
_EXPRESSION = re.compile(
    r"(?P<quote>[\"']?)\$?\{{1,2}\s*(?P<kind>inputs|outputs|search_space)\.(?P<name>[\w-]+)\s*\}{1,2}(?P=quote)"
)
"""`${{inputs.rate}}`, and `{inputs.rate}` of the previews."""
_OPTIONAL = re.compile(r"\$\[\[(.*?)\]\]", re.DOTALL)
"""Words that are left out where an input of theirs has no value."""
_CONTINUED = re.compile(r"\\\r?\n")
_EXPORT = re.compile(r"(?:(?<=[;&\n])|^)\s*export\s+((?:\w+=[^\s;&|]+\s*)+)(?:&&|;|\n|$)")
_PARTS = re.compile(r"&&|[;\n]")
_STARTS = re.compile(r"\s*(?:\w+=\S+\s+)*python[\d.]*\s")
"""A part of a command that is one of its own, and one that starts a script."""
_SETS = re.compile(r"\s*(?:\w+=\S+\s+)*")
_LINE_END = re.compile(r"(?<![&;\s])\s*\n\s*")
_END = re.compile(r"&&|[;|>\n]")
"""What ends the arguments of a script."""


class _Step(NamedTuple):
    """A step of a job."""

    text: str
    has_script: bool = False
    has_command: bool = False
    left_out: Sequence[str] = ()
    """What its command does beside its scripts."""
    environment: str = ""
    """What says its packages in Azure."""
    search: str = ""
    """Sentence on the trials of a search that it is."""


def job_advice(name: str, changes: Iterable[tuple[str, str]] = ()) -> str:
    """The commands that do the steps of a job here; empty where its file cannot be read. `changes` are what `--set`
    says in the place of the file: `inputs.rate` and its value."""
    try:
        job = read_keys(Path(name))
        for key, value in changes if job else ():
            job = with_change(job, key.split("."), value)
        steps = list(_steps(job, Path(name), "", 0))
    except NotYaml as error:
        return str(error)
    if not any(step.has_script for step in steps):
        return _without_script(name, _kind(job), steps) if job else ""
    if len(steps) == 1:
        advice = l10n.t("Run its script here: {step}.", step=steps[0].text)
    else:
        advice = l10n.t("Run its steps here, one after the other: {steps}.", steps=_listed(steps))
    rest = "; ".join(dict.fromkeys(f"`{part}`" for step in steps for part in step.left_out))
    more = l10n.t("The command does more, which is left out here: {parts}.", parts=rest) if rest else ""
    searches = dict.fromkeys(step.search for step in steps if step.has_script)
    return " ".join(filter(None, [advice, more, *searches, registers_note(advice), _packages(steps)]))


def _packages(steps: Sequence[_Step]) -> str:
    """Sentence on the files that name the packages of the scripts in Azure; empty if there are none."""
    places = list(dict.fromkeys(step.environment for step in steps if step.environment))
    if not places:
        return ""
    return l10n.t(
        "Install the packages of {places} first: a script has those of your own Python here.",
        places=quoted_names(places[:_MOST]),
    )


def _environment(each: Mapping[str, Any], folder: Path) -> str:
    """The file or the name that says the packages of a step; empty where it says them itself, or says none."""
    said = each.get("environment")
    conda = said.get("conda_file") if isinstance(said, dict) else said
    if not isinstance(conda, str) or ELSEWHERE.match(conda):
        return conda if isinstance(conda, str) else ""
    return os.path.normpath(folder / conda.removeprefix("file:")).replace("\\", "/")


def _listed(steps: list[_Step]) -> str:
    rest = len(steps) - _MOST
    more = [l10n.t("{count} more", count=rest)] if rest > 0 else []
    return "; ".join([*(step.text for step in steps[:_MOST]), *more])


def _kind(job: Mapping[str, Any]) -> str:
    """The type of a job, also of one of automated ML that does not name it."""
    is_automl = "training_data" in job or "/automl" in str(job.get("$schema"))
    return str(job.get("type") or ("automl" if is_automl else ""))


def _without_script(name: str, kind: str, steps: list[_Step]) -> str:
    """Advice for a job without a visible Python script."""
    if kind.lower() == "automl":
        return l10n.t(
            "Scoredock has no automated machine learning; `{command}` runs a script that trains.",
            command="scoredock sdk run SCRIPT",
        )
    if not steps:
        return l10n.t(
            "{file} names no command; `{command}` runs a script that does the same.",
            file=name,
            command="scoredock sdk run SCRIPT",
        )
    if not any(step.has_command for step in steps):
        return l10n.t(
            "No step of {file} names a command: {steps}. `{command}` runs a script that does the same.",
            file=name,
            steps=_listed(steps),
            command="scoredock sdk run SCRIPT",
        )
    return l10n.t(
        "{file} names no Python script, so run its commands in a shell; `{command}` runs scripts of the SDK.",
        file=name,
        command="scoredock sdk run SCRIPT",
    )


def _steps(
    job: Mapping[str, Any], path: Path, name: str, depth: int, outer: _Values = MappingProxyType({})
) -> Iterator[_Step]:
    """`path` is the file that says it, from whose folder its paths begin; `outer` are the inputs of what it is in."""
    search = _search(job, name or path.name)
    for step in _inner_steps(job, path, name, depth, outer):
        yield step._replace(search=search or step.search)


def _search(job: Mapping[str, Any], name: str) -> str:
    """Sentence on the trials of a search; empty for another step."""
    words = [str(each).upper() for each in mapping_of(job.get("search_space"))]
    if not words:
        return ""
    return l10n.t(
        "“{name}” is many trials in Azure, each with other values of {words}, of which the best one counts. Here its"
        " line is one trial: run it with several values, and go on with what the best one wrote.",
        name=name,
        words=enumeration(words),
    )


def _inner_steps(job: Mapping[str, Any], path: Path, name: str, depth: int, outer: _Values) -> Iterator[_Step]:
    values = _values(job.get("inputs"), path.parent, outer)
    jobs = job.get("jobs")
    if isinstance(jobs, dict):
        of_job = {**{f"inputs.{key}": value for key, value in values.items()}, **_of_steps(jobs)}
        for each, step in jobs.items():
            yield from _steps(mapping_of(step), path, str(each), depth, of_job)
        return
    component = job.get("component", job.get("trial"))
    if isinstance(component, str):
        file = _component_file(component, path) if depth < _DEEPEST else None
        inner = dict(read_keys(file)) if file else {}
        if not inner:
            yield _of_azure(name or path.name, component, file)
            return
        name = _with_version(name, component, inner)
        for key, said in (("inputs", values), ("environment_variables", job.get("environment_variables"))):
            inner[key] = {**mapping_of(inner.get(key)), **mapping_of(said)}
        searched = mapping_of(job.get("search_space"))  # a search tries several values, and none is the default
        inner["inputs"] = {key: value for key, value in inner["inputs"].items() if key not in searched}
        yield from _steps(inner, file or path, name, depth + 1)
        return
    own = component if isinstance(component, dict) else job
    commands, rest = _commands(own, path.parent, values)
    environment = "" if "task" in own else _environment({**job, **own}, path.parent)
    for command in commands:
        text = f"{name}: `{command}`" if name else f"`{command}`"
        yield _Step(text, has_script=True, left_out=rest, environment=environment)
    if not commands and (name or _words(own)):
        yield _of_azure(name, str(job.get("type") or ""))._replace(has_command=bool(_words(own)))


def _of_steps(jobs: Mapping[str, Any]) -> dict[str, str]:
    """Words in capitals for the outputs of steps, if no other step has an output of that name."""
    steps = {name: mapping_of(step) for name, step in jobs.items()}
    texts = (str(_content(each)).strip() for step in steps.values() for each in mapping_of(step.get("inputs")).values())
    keys = {match[1] for match in map(_OF_OUTER.fullmatch, texts) if match and match[1].startswith("jobs.")}
    keys |= {f"jobs.{name}.outputs.{key}" for name, step in steps.items() for key in mapping_of(step.get("outputs"))}
    words = {key: key.rpartition(".")[2].upper() for key in keys}
    times = Counter(words.values())
    return {key: word for key, word in words.items() if times[word] == 1}


def _content(value: Any) -> Any:
    """Content of an input, given as a text or under its keys."""
    return value.get("path", value.get("default")) if isinstance(value, dict) else value


def _values(inputs: object, folder: Path, outer: _Values) -> dict[str, str | Path]:
    """Values of inputs in a file: plain values, and paths of this machine."""
    values: dict[str, str | Path] = {}
    for name, given in mapping_of(inputs).items():
        value = _content(given)
        of_outer = _OF_OUTER.fullmatch(value.strip()) if isinstance(value, str) else None
        is_path = isinstance(given, dict) and "path" in given and of_outer is None
        if of_outer is not None:
            value = outer.get(of_outer[1], name.upper() if of_outer[1].startswith("jobs.") else None)
        if isinstance(value, Path):
            values[name] = value
        elif value is None or "${{" in str(value) or (is_path and ELSEWHERE.match(str(value))):
            continue
        elif isinstance(value, (str, int, float)):
            values[name] = folder / str(value).removeprefix("file:") if is_path else str(value)
    return values


def _component_file(component: str, path: Path) -> Path | None:
    """The file that a step or a search means: by its path, or by the name under which it is registered."""
    if not component.startswith("azureml:"):
        return path.parent / component.removeprefix("file:")
    name, _, version = component.removeprefix("azureml:").partition("@" if "@" in component else ":")
    versions = [
        (str(values.get("version")), file) for file, values in _components(path.parent) if values["name"] == name
    ]
    # The version that is meant, else the last one that has a number.
    order = [(each == version, int(each) if each.isdecimal() else 0) for each, _ in versions]
    return versions[order.index(max(order))][1] if versions else None


def _project(folder: Path) -> Path:
    """The repository that a folder is in, as it is written from the folder of the command line; else that one."""
    whole = folder.resolve()
    root = next((each for each in (whole, *whole.parents) if (each / ".git").exists()), None)
    if root is None:
        return Path() if whole.is_relative_to(Path.cwd()) else folder
    return Path(os.path.relpath(root))


@cache
def _components(folder: Path) -> Sequence[tuple[Path, Mapping[str, Any]]]:
    """The components of the project that a folder is of, those near it first. A process answers one line."""
    components = []
    names = (
        current / name
        for each in dict.fromkeys((folder, _project(folder)))
        for current, files, _ in levels(each, _DEEPEST_FOLDER)
        for name in files
        if name.lower().endswith((".yml", ".yaml"))
    )
    for file in islice(names, _MOST_FILES):
        with suppress(NotYaml):
            values = read_keys(file)
            if "name" in values and _OF_COMPONENT & values.keys():
                components.append((file, values))
    return components


def _with_version(name: str, component: str, values: Mapping[str, Any]) -> str:
    """The name of a step, with the version of its component where the project has another one than is meant."""
    pin = re.fullmatch(r"azureml:[^:@/]+:([^:]+)", component)
    version = str(values.get("version", ""))
    if pin is None or version in ("", pin[1]):
        return name
    return l10n.t("{name} (version {version} here)", name=name or values.get("name"), version=version)


def _of_azure(name: str, kind: str, file: Path | None = None) -> _Step:
    if file is not None and not file.is_file():
        return _Step(l10n.t("{name} ({path} does not exist)", name=name, path=os.path.normpath(file)))
    return _Step(l10n.t("{name} ({kind}) has no script here", name=name, kind=kind[:160] or l10n.t("without a type")))


def _words(job: Mapping[str, Any]) -> str:
    """The command of a step, or of the trials of a search; a job of Spark names the script and its arguments apart."""
    trial = job.get("trial")
    words = (trial if isinstance(trial, dict) else job).get("command")
    script = mapping_of(job.get("entry")).get("file")
    if words is None and isinstance(script, str):
        return f"python {script} {job.get('args') or ''}"
    return words if isinstance(words, str) else ""


def _commands(job: Mapping[str, Any], folder: Path, values: _Values) -> tuple[list[str], list[str]]:
    """The lines that run the scripts of a step, none for one without, and what else its command does."""
    task = job.get("task")
    if isinstance(task, dict) and isinstance(task.get("entry_script"), str):
        script = _place(folder, task.get("code", job.get("code")), task["entry_script"])
        environment = task.get("environment")
        conda = environment.get("conda_file") if isinstance(environment, dict) else None
        packages = f" --cf {_place(folder, '', conda)}" if isinstance(conda, str) else ""
        options = _of_batch(job, task, folder, values)
        return [f"scoredock batch run --es {script}{packages} -i INPUT -o FOLDER{options}"], []
    trial = job.get("trial")
    each = trial if isinstance(trial, dict) else job
    words = _CONTINUED.sub(" ", _words(job))
    exports = " ".join(_EXPORT.findall(words))
    words = _EXPORT.sub("", words)
    parts = [(part, _SCRIPT.search(part)) for part in _PARTS.split(words)]
    with_script = [(part, script) for part, script in parts if script is not None]
    scripts = [each for each in with_script if _STARTS.match(each[0])] or with_script[:1]
    code = _local(each.get("code"))
    root = _folder_of_code(folder / code) if code else Path()
    starts = [(part, _place(Path() if code else folder, "", name[1]), name.end()) for part, name in scripts]
    lines, rest = [], []
    for part, script, end in starts or _of_module(words, root):
        arguments = _END.split(part[end:])[0]
        sets, arguments = (
            _filled_in(text, root, values) for text in (f"{exports} {_SETS.findall(part)[0]}", arguments)
        )
        line = f"scoredock sdk run {script} {arguments}".rstrip()
        lines.append(_in_folder(root, _variables(job, each, root, values), sets, line))
        before, _, words = words.partition(part)
        rest.append(before)
    left_out = (_filled_in(_LINE_END.sub("; ", text.strip(" &;\n")), root, values) for text in (*rest, words))
    return lines, [*filter(None, left_out)]


def _of_module(words: str, root: Path) -> list[tuple[str, str, int]]:
    """The part of a command that runs a module, of those that lie in its code, the module, and where its name ends."""
    for match in _MODULE.finditer(words):
        variables = dict(each.split("=", 1) for each in match["variables"].split())
        place = Path(*match["module"].split("."))
        for folder in [root, *(root / each for each in variables.get("PYTHONPATH", "").split(":") if each)]:
            if (folder / place).with_suffix(".py").is_file() or (folder / place / "__main__.py").is_file():
                part = match[0] + _PARTS.split(words[match.end() :])[0]
                return [(part, f"-m {match['module']}", len(match[0]))]
    return []


def _of_batch(job: Mapping[str, Any], task: Mapping[str, Any], folder: Path, values: _Values) -> str:
    """Options of `batch run` for what a parallel step says of its mini-batches and its script."""
    keys = job.get("partition_keys")
    pairs = [("--partition-key", str(each)) for each in (keys if isinstance(keys, list) else ())]
    numbers = (("mini_batch_size", "--mini-batch-size"), ("error_threshold", "--error-threshold"))
    pairs += [
        (option, _filled_in(str(job[key]), folder, values)) for key, option in numbers if job.get(key) is not None
    ]
    arguments = task.get("program_arguments")
    with suppress(ValueError):  # quotes that nobody closes
        words = shlex.split(_filled_in(arguments, folder, values)) if isinstance(arguments, str) else []
        pairs += [("--argument", each) for each in words]
    return "".join(f" {shlex.quote(f'{option}={value}')}" for option, value in pairs)


def _variables(job: Mapping[str, Any], trial: Mapping[str, Any], root: Path, values: _Values) -> dict[str, str]:
    """The variables of the environment that a step sets, without those for something in Azure, as its runs."""
    said = {**mapping_of(trial.get("environment_variables")), **mapping_of(job.get("environment_variables"))}
    return {
        key: _filled_in(str(value), root, values)
        for key, value in said.items()
        if not str(value).startswith("azureml:")
    }


def _in_folder(folder: Path, variables: Mapping[str, str], sets: str, line: str) -> str:
    """A line for the shell of this machine, in a folder and with variables; `sets` are those of the command."""
    place = os.path.normpath(folder).replace("\\", "/")
    if os.name == "nt":
        words = [*(f"{key}={value}" for key, value in variables.items()), *shlex.split(sets)]
        before = [f'set "{word}"' for word in words]
    else:
        before = []
        own = (f"{key}={shlex.quote(value)}" for key, value in variables.items())
        line = " ".join(filter(None, [*own, sets, line]))
    before += [f"cd {shlex.quote(place)}"] if place != "." else []
    return f"({' && '.join([*before, line])})" if before else line


def _filled_in(text: str, folder: Path, values: _Values) -> str:
    """Words of a command with the values of its inputs; a name in capitals stands where nothing says one."""

    def is_said(names: Sequence[str]) -> bool:
        return all(name in values for name in names)

    def value_of(match: re.Match[str]) -> str:
        value = values.get(match["name"]) if match["kind"] == "inputs" else None
        if isinstance(value, Path):
            value = os.path.relpath(value, folder).replace("\\", "/")
        return match["name"].upper() if value is None else shlex.quote(value)

    text = _OPTIONAL.sub(lambda match: match[1] if is_said(_INPUT.findall(match[1])) else "", text)
    return " ".join(_EXPRESSION.sub(value_of, text).split())


def _place(folder: Path, code: object, script: str) -> str:
    """A script as it is written from the folder of the command line."""
    place = _folder_of_code(folder / _local(code))
    return shlex.quote(os.path.normpath(place / script).replace("\\", "/"))


def _folder_of_code(code: Path) -> Path:
    """Folder in which the script of a job runs: a job may take along a single file."""
    return code.parent if code.is_file() else code


def _local(code: object) -> str:
    """The folder of this machine that a job takes along; empty without one."""
    if isinstance(code, dict):  # the first releases of v2
        code = code.get("local_path")
    return code if isinstance(code, str) and not ELSEWHERE.match(code) else ""
