"""Code, models and conda files that a v2 file names by path: are they there?"""

from __future__ import annotations

import re
from dataclasses import replace

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import check_path, folder_of, known_folder, resolve
from scoredock.analysis.rule import quoted_value
from scoredock.analysis.tree import Lines, Mapping, Node, Scalar, kind_name
from scoredock.checks.absent_files import lies_elsewhere
from scoredock.checks.configs.v2 import edits
from scoredock.checks.configs.v2 import reference_rules as rules
from scoredock.checks.configs.v2.references import text_of
from scoredock.checks.configs.v2.rules import KIND, REQUIRED
from scoredock.checks.written_files import is_written
from scoredock.formats.placeholders import is_left_open
from scoredock.formats.v2.online_deployment import OF_A_FILE
from scoredock.formats.v2.placeholders import holds_placeholder, is_placeholder
from scoredock.text import Range

_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|git@|\\\\|//")
"""Addresses, registered assets and shares: anything that is not a path of this machine."""
_ASSET_NAME = re.compile(r"azureml:(?:/.*|[^/]*)", re.DOTALL)

_FETCHED = re.compile(
    r"(?:^|[/\\])(?:named-outputs|artifact[-_]?downloads?|downloaded?(?:[-_]\w+)?)(?:[/\\]|$)", re.IGNORECASE
)
"""Folders that `az ml job download` makes, and the names that examples give to where it does."""
_MISSING = frozenset((rules.PATH_MISSING.code, rules.SCRIPT_MISSING.code))
_ABOVE_IT = re.compile(r"^(?:\.{0,2}/)+")
_WITH_PATHS, _PATHS = ("model", "code_configuration", "environment"), ("path", "code", "conda_file")
_NAMED_BY_PEOPLE = frozenset(("name", "endpoint_name", "model", "environment", "compute"))
_LETTER = re.compile(r"[A-Za-z]")
_ABOVE = 4
"""Folders above a file that a program may fill it in from."""


def is_local(value: str) -> bool:
    """True if a value is a path relative to the file, or an absolute one on this machine."""
    return bool(value.strip()) and not _ELSEWHERE.match(value)


def check_code(root: Mapping, facts: Facts, lines: Lines) -> list[Finding]:
    """`code_configuration`: both halves, a Python file, and whether it is there."""
    section = root.get("code_configuration")
    if not isinstance(section, Mapping) or "<<" in section.names():
        return []
    code, script = section.entry("code"), section.entry("scoring_script")
    if code is None or script is None:
        half = code or script
        if half is None or any(str(n).lower() not in ("code", "scoring_script") for n in section.names()):
            return []  # nothing in it, or a misspelt key that is reported already
        missing = "scoring_script" if script is None else "code"
        content = "scoring_script: score.py" if script is None else "code: ."
        fixes = edits.add(section, half, content, l10n.t("Add {key}", key=missing), lines)
        return [rules.CODE_HALF.finding(half.key.range, fixes=fixes, missing=missing)]
    if _brings_a_server(root):
        return []
    findings: list[Finding] = []
    name = text_of(script.value)
    if name is not None and isinstance(script.value, Scalar) and name.strip() and not name.endswith(".py"):
        last = re.split(r"[\\/]", name)[-1]
        if "." not in last:
            fixes = (edits.replace(script.value, f"{name}.py"),)
            return [rules.NOT_PYTHON.finding(script.value.range, fixes=fixes, name=last[:80])]
        return [rules.NOT_PYTHON.finding(script.value.range, name=last[:80])]
    base = known_folder(facts)
    folder = text_of(code.value)
    if base is None or folder is None or not isinstance(code.value, Scalar) or not is_local(folder):
        return findings
    inner = resolve(base, folder)
    findings += check_path(code.value, base, facts, rules.PATH_MISSING, rules.CASE, folder=True)
    if not facts.is_folder(inner) or name is None or not isinstance(script.value, Scalar):
        return findings
    return findings + check_path(
        script.value, inner, facts, rules.SCRIPT_MISSING, rules.CASE, may_propose=lambda n: n.endswith(".py")
    )


def _brings_a_server(root: Mapping) -> bool:
    environment = root.get("environment")
    return isinstance(environment, Mapping) and environment.entry("inference_config") is not None


def check_pipeline(root: Mapping, facts: Facts, lines: Lines) -> list[Finding]:
    """`component` and `job_definition` of a batch deployment."""
    findings: list[Finding] = []
    kind = root.get("type")
    for key in ("component", "job_definition"):
        entry = root.entry(key)
        if entry is None or is_placeholder(entry.value) or _is_empty(entry.value):
            continue
        findings += _check_pipeline_reference(key, entry.value, facts)
        if is_placeholder(kind) or (text_of(kind) or "").lower() == "pipeline":
            continue
        title = l10n.t("Add {key}", key="type: pipeline")
        fixes = edits.add(root, entry, "type: pipeline", title, lines) if kind is None else ()
        where = l10n.t("A deployment with “{key}”", key=key)
        findings.append(REQUIRED.finding(entry.key.range, fixes=fixes, where=where, key="type: pipeline"))
    return findings


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _check_pipeline_reference(key: str, node: Node, facts: Facts) -> list[Finding]:
    value = text_of(node)
    if value is not None and _ASSET_NAME.fullmatch(value):
        return []
    expectation = l10n.t("a job of the workspace such as “azureml:NAME”")
    if key == "component":
        base = known_folder(facts)
        if value and isinstance(node, Scalar) and is_local(value):
            return check_path(node, base, facts, rules.PATH_MISSING, rules.CASE) if base is not None else []
        expectation = l10n.t("a registered component such as “azureml:NAME:VERSION”, or the path of its file")
    got = kind_name(node) if value is None else quoted_value(value[:80], l10n.t("an empty text"))
    return [KIND.finding(node.range, key=key, wanted=expectation, got=got)]


def check_local_model(model: Node | None, facts: Facts) -> list[Finding]:
    """The `path` of a model that is written out: a file or a folder."""
    node = model.get("path") if isinstance(model, Mapping) else None
    value = text_of(node)
    base = known_folder(facts)
    if base is None or value is None or not isinstance(node, Scalar) or not is_local(value):
        return []
    target = resolve(base, value)
    folder = facts.is_folder(target) or value.endswith(("/", "\\"))
    if not folder and not facts.exists(target):
        folder = "." not in re.split(r"[\\/]", value)[-1]
    findings = check_path(node, base, facts, rules.PATH_MISSING, rules.CASE, folder=folder)
    return [
        replace(f, severity="warning")
        if f.code == rules.PATH_MISSING.code and not any(fix.preferred for fix in f.fixes)
        else f
        for f in findings
    ]


def check_environment_paths(environment: Node | None, facts: Facts) -> list[Finding]:
    """`conda_file` and `build` of an environment that is written out."""
    base = known_folder(facts)
    if base is not None and isinstance(environment, Scalar):
        return _check_environment_file(environment, base, facts)
    if base is None or not isinstance(environment, Mapping):
        return []
    findings: list[Finding] = []
    conda = environment.get("conda_file")
    value = text_of(conda)
    if value is not None and isinstance(conda, Scalar) and is_local(value) and "\n" not in value:
        findings += check_path(conda, base, facts, rules.PATH_MISSING, rules.CASE, may_propose=_is_yaml)
    build = environment.get("build")
    if not isinstance(build, Mapping):
        return findings
    node = build.get("path")
    folder = text_of(node)
    if folder is None or not isinstance(node, Scalar) or not is_local(folder):
        return findings
    findings += check_path(node, base, facts, rules.PATH_MISSING, rules.CASE, folder=True)
    inner = resolve(base, folder)
    dockerfile = build.get("dockerfile_path")
    if facts.is_folder(inner) and isinstance(dockerfile, Scalar) and text_of(dockerfile):
        findings += check_path(dockerfile, inner, facts, rules.PATH_MISSING, rules.CASE)
    return findings


def _check_environment_file(node: Scalar, base: str, facts: Facts) -> list[Finding]:
    """`environment: file:PATH`: whether the file is there."""
    value = text_of(node) or ""
    path = value.removeprefix(OF_A_FILE)
    if path == value or not is_local(path):
        return []
    quote, end = int(node.quoted), node.range.end
    begin = replace(node.range.start, character=node.range.start.character + quote + len(OF_A_FILE))
    span = Range(begin, replace(end, character=end.character - quote))
    return check_path(Scalar(path, span, path), base, facts, rules.PATH_MISSING, rules.CASE, may_propose=_is_yaml)


def _is_yaml(name: str) -> bool:
    return name.lower().endswith((".yml", ".yaml"))


def judged_paths(findings: list[Finding], root: Mapping, facts: Facts, lines: Lines) -> list[Finding]:
    """The findings, with what is sure of missing paths.

    A file with placeholders is a template: what fills these in runs elsewhere and may write the file elsewhere, so that
    a path may be there as seen from a folder above, or from where nobody can look. So is one whose names a person is
    asked to write, and one of several paths of which no folder of the repository has any. What a job leaves is fetched
    before the deployment, and what another program of the project writes is there once that has run. A model that
    resembles nothing here is one that its author has, and that is too large for a repository.
    """
    base = known_folder(facts)
    if base is None or all(finding.code not in _MISSING for finding in findings):
        return findings
    template = holds_placeholder(root) or _is_form(root) or _is_of_another_place(findings, root, facts, lines)
    above = _folders_above(base) if template else []
    judged = []
    for finding in findings:
        path = _text_at(finding.range, lines)
        if finding.code not in _MISSING:
            judged.append(finding)
        elif _FETCHED.search(path) or is_written(path, facts):
            judged.append(replace(finding, severity="information"))
        elif not any(facts.exists(each) or facts.is_folder(each) for each in (resolve(a, path) for a in above)):
            judged.append(replace(finding, severity="information") if template else finding)
    return judged


def _is_of_another_place(findings: list[Finding], root: Mapping, facts: Facts, lines: Lines) -> bool:
    """True if several files are named, and none of them lies anywhere in the repository: it holds the file as an
    example, or what it deploys is elsewhere."""
    paths = [_text_at(finding.range, lines) for finding in findings if finding.code in _MISSING]
    inner = [path for each in paths if (path := _ABOVE_IT.sub("", each.replace("\\", "/")).rstrip("/"))]
    if facts.listing is None or len(inner) <= 1 or len(inner) < len(paths):
        return False
    sections = [root.get(each) for each in _WITH_PATHS]
    named = [text_of(each.get(key)) for each in sections if isinstance(each, Mapping) for key in _PATHS]
    return len([each for each in named if each and is_local(each)]) == len(paths) and not any(
        lies_elsewhere(each, facts) for each in inner
    )


def _is_form(root: Mapping) -> bool:
    """True if a name in a deployment asks whoever takes the file to write another one, as `azureml:YOUR-MODEL:1`."""
    texts = [text_of(entry.value) for entry in root.entries if str(entry.key.value) in _NAMED_BY_PEOPLE]
    return any(text and _LETTER.search(text) and is_left_open(text) for text in texts)


def _text_at(place: Range, lines: Lines) -> str:
    return lines.line(place.start.line)[place.start.character : place.end.character].strip("'\"")


def _folders_above(base: str) -> list[str]:
    above = [base]
    while len(above) <= _ABOVE:
        above.append(folder_of(above[-1]))
    return above[1:]
