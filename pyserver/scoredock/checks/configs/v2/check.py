"""Checks one v2 file: its shape first, then what its values mean together."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import replace

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of, known_folder, names_in, resolve
from scoredock.analysis.read import read
from scoredock.analysis.rule import first_of_each, quoted_value
from scoredock.analysis.tree import Lines, Mapping, MappingEntry, Node, Scalar, Tree, kind_name
from scoredock.analysis.yaml_text import parse_yaml
from scoredock.checks.configs.environment.conda import CondaSpec, conda_of, parse_conda
from scoredock.checks.configs.environment.line_rules import INCLUDE_MISSING
from scoredock.checks.configs.v2 import deployment_rules, edits, reference_rules, rules
from scoredock.checks.configs.v2.code import (
    check_code,
    check_environment_paths,
    check_local_model,
    check_pipeline,
    is_local,
    judged_paths,
)
from scoredock.checks.configs.v2.references import (
    check_compute,
    check_environment,
    check_environment_reference,
    check_model,
    text_of,
)
from scoredock.checks.configs.v2.running import (
    check_identity,
    check_output,
    check_quantities,
    check_requests,
    check_scaling,
    check_served,
    check_size,
    check_traffic,
    check_variables,
)
from scoredock.checks.configs.v2.values import Shape, check_values, in_words
from scoredock.formats.v2.kinds import V2Kind, names_schema
from scoredock.formats.v2.online_deployment import OF_A_FILE
from scoredock.formats.v2.placeholders import is_placeholder, is_template
from scoredock.formats.v2.tables import FIELDS, NAMES, REQUIRED, schema_address
from scoredock.text import Fix, Position, Range, TextEdit

_LOOK = 10_000
_FORM = 2
"""Empty texts from which on a file is a form."""
_ASSET = ("asset.yaml", "asset.yml")
"""How the programs that publish to registries of Azure ML describe what they publish."""
_OF_COMMAND_LINE = frozenset((rules.UNKNOWN.code, rules.V1_KEY.code, rules.REQUIRED.code))
_NAME = re.compile(r"[a-zA-Z](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?")
_BARE_IMAGE = re.compile(r"mcr\.microsoft\.com/azureml/(?:openmpi|intelmpi)[\w.-]*(?::[\w.-]+)?", re.IGNORECASE)
"""Images of Azure ML that are known to hold conda and no server."""
_SERVER = re.compile(
    r"[\s'\"]*(?:azureml-defaults|azureml-inference-server-http|azureml-sdk|mlflow)(?![\w])", re.IGNORECASE
)
_SDK = re.compile(r"[\s'\"]*azureml-(?!inference-server-http)", re.IGNORECASE)
"""Packages that may bring modules of `azureml`, themselves or by what they need."""
_OF_SDK = re.compile(r"^(?:from|import)[ \t]+(azureml\.[\w.]+)", re.MULTILINE)
_ELSEWHERE = re.compile(r"\s*(?:-|git\+|https?:|file:|\.{0,2}/|[^#]*@\s)")


def check_v2(kind: V2Kind) -> Callable[[str, Facts], list[Finding]]:
    """The check of files of one kind."""

    def checked(text: str, facts: Facts) -> list[Finding]:
        findings = _of_registry(_check(kind, text, facts), facts)
        return [_with_line_ends(finding) for finding in findings] if "\r\n" in text else findings

    return checked


def _with_line_ends(finding: Finding) -> Finding:
    """The same with repairs that end their lines as the file does."""
    if not any("\n" in edit.new_text for fix in finding.fixes for edit in fix.edits):
        return finding
    fixes = tuple(
        replace(fix, edits=tuple(replace(edit, new_text=edit.new_text.replace("\n", "\r\n")) for edit in fix.edits))
        for fix in finding.fixes
    )
    return replace(finding, fixes=fixes)


def _of_registry(findings: list[Finding], facts: Facts) -> list[Finding]:
    """Findings that are sure of a file which an `asset.yaml` beside it names: a program of its own reads both, fills in
    the one from the other and keeps keys that the command line does not know."""
    if not findings or facts.listing is None or not facts.path:
        return findings
    folder, name = folder_of(facts.path), posixpath.basename(facts.path.replace("\\", "/"))
    beside = [each for each in names_in(facts, folder) if each.lower() in _ASSET]
    if name in beside or not any(name in (facts.read(posixpath.join(folder, each)) or "") for each in beside):
        return findings
    return [replace(f, severity="information") if f.code in _OF_COMMAND_LINE else f for f in findings]


def _check(kind: V2Kind, text: str, facts: Facts) -> list[Finding]:
    tree, findings = read(text, facts.path or "deployment.yml", rules.BROKEN)
    if findings and is_template(text):
        return []  # becomes YAML only when the template is filled in
    root = tree.root
    if root is None:
        return findings
    if not isinstance(root, Mapping):
        return findings or [rules.NOT_AN_OBJECT.finding(_first(root), got=kind_name(root))]
    compute = _compute(kind, root)
    shape = Shape(kind, compute, tree.lines, free=_is_pipeline(root))
    findings += check_values(root, FIELDS[kind], shape)
    findings += _check_schema(kind, root, compute, text) + _check_names(kind, root, tree.lines)
    findings += _check_required(root, (), tree.lines)
    if kind in ("online-endpoint", "batch-endpoint"):
        findings += check_identity(root)
        if kind == "online-endpoint":
            findings += check_traffic(root) + check_compute(root, requires_prefix=True)
    elif kind == "environment-asset":
        place = root.entries[0].key if root.entries else Scalar(None, root.range, "")
        findings += check_environment(root, place, tree.lines, inline=False) + check_environment_paths(root, facts)
    elif kind == "model-asset":
        findings += check_local_model(root, facts)
    else:
        findings += _check_deployment(kind, root, compute == "kubernetes", tree, facts)
    return _as_form(judged_paths(findings, root, facts, tree.lines), facts, tree.lines)


def _as_form(findings: list[Finding], facts: Facts, lines: Lines) -> list[Finding]:
    """The findings, with one remark for the values of a file that holds several empty texts: it is a form, which a
    pipeline fills in."""
    empty = [each for each in findings if _is_empty_text(each.range, lines)]
    if len(empty) < _FORM:
        return findings
    form = replace(first_of_each(empty, facts.path, lambda _: "")[0], severity="information")
    return [form, *(each for each in findings if each not in empty)]


def _is_empty_text(place: Range, lines: Lines) -> bool:
    if place.start.line != place.end.line:
        return False
    return lines.line(place.start.line)[place.start.character : place.end.character] in ('""', "''")


def _first(node: Node) -> Range:
    start = node.range.start
    return Range(start, Position(start.line, start.character + 1)) if not isinstance(node, Scalar) else node.range


def _compute(kind: V2Kind, root: Mapping) -> str:
    """Which compute the reader takes the file to be for; it looks at one key only, never at `$schema`."""
    if kind == "online-endpoint":
        node = root.get("compute")
        return "kubernetes" if node is not None and not (isinstance(node, Scalar) and not node.value) else "managed"
    if kind == "online-deployment":
        node = root.get("type")
        if is_placeholder(node):
            return ""
        return "kubernetes" if (text_of(node) or "").lower() == "kubernetes" else "managed"
    return ""


def _is_pipeline(root: Mapping) -> bool:
    return (text_of(root.get("type")) or "").lower() == "pipeline" or bool(
        {"component", "job_definition"} & set(root.names())
    )


def _check_deployment(kind: V2Kind, root: Mapping, kubernetes: bool, tree: Tree, facts: Facts) -> list[Finding]:
    lines = tree.lines
    findings = check_model(root, kubernetes, lines) + check_environment_reference(root, kubernetes, lines, facts)
    environment = root.entry("environment")
    if environment is not None and not is_placeholder(environment.value):
        if isinstance(environment.value, Mapping):
            findings += check_environment(environment.value, environment.key, lines, inline=True)
        findings += check_environment_paths(environment.value, facts)
    model = root.get("model")
    if isinstance(model, Mapping) and model.entry("id") is None:
        findings += check_local_model(model, facts)
    findings += check_code(root, facts, lines) + check_variables(root.get("environment_variables"))
    if kind == "online-deployment":
        findings += check_quantities(root.get("resources"))
    if kind == "online-deployment":
        findings += check_scaling(root, kubernetes, lines) + check_requests(root, kubernetes, lines)
        findings += check_served(root, lines, facts) + _check_server(root, lines.text, facts)
        findings += _check_sdk(root, lines.text, facts) + _check_lines(root, lines.text, facts)
        if not kubernetes and _compute(kind, root) and "kubernetes" not in (text_of(root.get("$schema")) or "").lower():
            findings += check_size(root) + _check_machine(root, lines)
        return findings
    settings = root.get("settings")
    if isinstance(settings, Mapping):
        findings += check_variables(settings.get("environment_variables"))
    findings += check_output(root, lines) + check_pipeline(root, facts, lines)
    # Without its endpoint and its model a command fills the file in, with --set.
    is_whole = bool({"endpoint_name", "model"} & set(root.names()))
    if is_whole and not _is_pipeline(root) and not {"compute", "<<"} & set(root.names()):
        after = root.entry("endpoint_name") or root.entry("name")
        fixes = edits.add(root, after, "compute: azureml:cpu-cluster", l10n.t("Add {key}", key="compute"), lines)
        findings.append(reference_rules.NO_COMPUTE.finding(_place(root), fixes=fixes))
    return findings


def _check_machine(root: Mapping, lines: Lines) -> list[Finding]:
    """A managed deployment needs instance_type; files for an update may leave out that and more."""
    names = set(root.names())
    near = {str(name).lower().replace("_", "") for name in names}
    if near & {"instancetype", "<<", "cpu", "containerresourcerequirements"} or not {"name", "endpoint_name"} <= names:
        return []
    if "resources" in names:
        return []  # type: kubernetes is missing, and that is told
    if not names & {"model", "environment", "code_configuration"}:
        return []
    after = root.entry("endpoint_name")
    title = l10n.t("Add {key}", key="instance_type")
    fixes = edits.add(root, after, "instance_type: Standard_DS3_v2", title, lines)
    return [
        rules.REQUIRED.finding(_place(root), fixes=fixes, where=l10n.t("A managed deployment"), key="instance_type")
    ]


def _place(root: Mapping) -> Range:
    entry: MappingEntry | None = root.entry("name") or root.entry("endpoint_name")
    return (entry or root.entries[0]).key.range if root.entries else root.range


def _check_schema(kind: V2Kind, root: Mapping, compute: str, text: str) -> list[Finding]:
    node = root.get("$schema")
    if node is None:
        if not root.entries or root.flow or names_schema(text[:_LOOK]):
            return []
        start = Position(0, 1 if text.startswith("\ufeff") else 0)
        line = f"$schema: {schema_address(kind, kubernetes=compute == 'kubernetes')}\n"
        first = root.entries[0].key.range
        clean = not text.removeprefix("\ufeff").lstrip(" \r\n").startswith(("---", "%"))
        place = start if clean else first.start
        schema = (Fix(l10n.t("Add the $schema line"), (TextEdit(Range(place, place), line),), preferred=True),)
        return [
            rules.NO_SCHEMA.finding(
                first, fixes=schema if first.start.character == 0 or not clean else (), what=in_words(kind)
            )
        ]
    if kind == "online-deployment" and "kubernetes" in (text_of(node) or "").lower() and compute == "managed":
        if {"type", "<<"} & set(root.names()) or "resources" in root.names():
            return []
        after = root.entry("endpoint_name") or root.entry("name")
        lines = Lines(text)
        fixes = edits.add(root, after, "type: kubernetes", l10n.t("Add {key}", key="type: kubernetes"), lines)
        return [rules.NO_TYPE.finding(node.range, fixes=fixes)]
    return []


def _check_names(kind: V2Kind, root: Mapping, lines: Lines) -> list[Finding]:
    findings: list[Finding] = []
    names = {str(name).lower().replace("_", "").replace("-", "") for name in root.names()}
    for key, example in NAMES[kind]:
        node = root.get(key)
        if node is None:
            if key.replace("_", "") in names or "<<" in names or not root.entries:
                continue  # misspelt, which is told already
            option = "--endpoint-name" if key == "endpoint_name" else "--name"
            before = root.entry("$schema") or (root.entry("name") if key == "endpoint_name" else None)
            fixes = edits.add(root, before, f"{key}: {example}", l10n.t("Add {key}", key=key), lines)
            findings.append(rules.NO_NAME.finding(root.entries[0].key.range, fixes=fixes, key=key, option=option))
            continue
        value = text_of(node)
        if value is None or kind in ("environment-asset", "model-asset") or not isinstance(node, Scalar):
            continue
        if 3 <= len(value) <= 32 and _NAME.fullmatch(value):
            continue
        proposed = _proposed(value)
        fixes = (edits.replace(node, proposed),) if proposed else ()
        endpoint = key == "endpoint_name" or "endpoint" in kind
        what = l10n.t("an endpoint") if endpoint else l10n.t("a deployment")
        got, reason = quoted_value(value[:80], l10n.t("An empty text")), _reason(value)
        findings.append(rules.NAME.finding(node.range, fixes=fixes, got=got, what=what, reason=reason))
    return findings


def _reason(value: str) -> str:
    """Which rule a name breaks."""
    if len(value) < 3:
        return l10n.t("it needs 3 characters at least")
    if len(value) > 32:
        return l10n.t("it has {count} characters, and 32 is the most", count=len(value))
    strange = re.search(r"[^-a-zA-Z0-9]", value)
    if strange is not None:
        return l10n.t("“{character}” is not a letter, digit or dash", character=strange.group())
    if not value[0].isalpha():
        return l10n.t("it must begin with a letter")
    return l10n.t("it must end with a letter or digit")


def _proposed(value: str) -> str:
    cleaned = re.sub(r"[^a-zA-Z0-9]+", "-", value[:200]).strip("-")
    cleaned = re.sub(r"^[^a-zA-Z]+", "", cleaned)[:32].rstrip("-")
    return cleaned if len(cleaned) >= 3 else ""


def _check_required(node: Mapping, path: tuple[str, ...], lines: Lines) -> list[Finding]:
    findings: list[Finding] = []
    for entry in node.entries:
        value = entry.value
        if not isinstance(entry.key.value, str) or not isinstance(value, Mapping) or is_placeholder(value):
            continue
        below = (*path, entry.key.value)
        missing = [(k, v) for k, v in REQUIRED.get(below, ()) if value.entry(k) is None]
        given = {str(name).lower().replace("_", "") for name in value.names()}
        missing = [(k, v) for k, v in missing if k.replace("_", "") not in given]
        if below[:2] == ("data_collector", "collections") and len(below) == 3 and value.entry("enabled") is None:
            missing = [("enabled", '"true"')]
        for name, example in missing if "<<" not in given and not (given & {"autoscaleenabled", "scaletype"}) else ():
            fixes = edits.add(value, None, f"{name}: {example}", l10n.t("Add {key}", key=name), lines)
            findings.append(
                rules.REQUIRED.finding(entry.key.range, fixes=fixes, where=f"“{entry.key.value}”", key=name)
            )
        if len(below) < 3:
            findings += _check_required(value, below, lines)
    return findings


def _check_server(root: Mapping, text: str, facts: Facts) -> list[Finding]:
    """Finding where the environment lacks the server that runs the script, where both the image and the whole list of
    packages are known."""
    environment, text, of_environment = _environment(root, text, facts)
    if root.entry("code_configuration") is None or environment is None:
        return []
    image, conda = text_of(environment.get("image")), environment.get("conda_file")
    if image is None or not _BARE_IMAGE.fullmatch(image) or environment.entry("inference_config") is not None:
        return []
    spec = _packages(conda, text, of_environment)
    if spec is None or conda is None:
        return []
    packages = (*spec.conda, *(line.replace("_", "-") for line in spec.pip))
    if not packages or any(_SERVER.match(line) or _ELSEWHERE.match(line) for line in packages):
        return []  # what stands in other files and repositories may bring it
    place = next(entry.key for entry in environment.entries if entry.key.value == "conda_file")
    own = root.get("environment")
    where = own if isinstance(own, Scalar) else place if isinstance(conda, Mapping) else conda
    return [deployment_rules.NO_SERVER.finding(where.range)]


def _environment(root: Mapping, text: str, facts: Facts) -> tuple[Mapping | None, str, Facts]:
    """Environment of a deployment, here or in a file of its own, with the text that it is in."""
    node, base = root.get("environment"), known_folder(facts)
    value = text_of(node) or ""
    if value.startswith(OF_A_FILE) and base is not None:
        facts = replace(facts, path=resolve(base, value.removeprefix(OF_A_FILE)))
        text = facts.read(facts.path) or ""
        node = parse_yaml(text).root
    return (node if isinstance(node, Mapping) else None), text, facts


def _check_sdk(root: Mapping, text: str, facts: Facts) -> list[Finding]:
    """Finding where the packages lack what the script imports of Azure's SDK, where both can be read."""
    section, (environment, text, of_environment) = root.get("code_configuration"), _environment(root, text, facts)
    if environment is None or not isinstance(section, Mapping) or environment.entry("build"):
        return []
    code, node, base = text_of(section.get("code")), section.get("scoring_script"), folder_of(facts.path)
    name, spec = text_of(node), _packages(environment.get("conda_file"), text, of_environment)
    if node is None or spec is None or not code or not name or not is_local(code):
        return []
    packages = (*spec.conda, *(line.replace("_", "-") for line in spec.pip))
    if not packages or any(_SDK.match(line) or _ELSEWHERE.match(line) for line in packages):
        return []
    module = _OF_SDK.search(facts.read(resolve(resolve(base, code), name)) or "")
    if module is None:
        return []
    return [deployment_rules.NO_SDK.finding(node.range, script=name[:80], module=module[1][:80])]


def _check_lines(root: Mapping, text: str, facts: Facts) -> list[Finding]:
    """Files that a list of packages in the file of a deployment includes."""
    environment = root.get("environment")
    conda = environment.get("conda_file") if isinstance(environment, Mapping) else None
    findings = conda_of(conda, text, facts=facts)[1] if isinstance(conda, Mapping) else ()
    return [each for each in findings if each.code == INCLUDE_MISSING.code]


def _packages(conda: Node | None, text: str, facts: Facts) -> CondaSpec | None:
    if isinstance(conda, Mapping):
        return conda_of(conda, text)[0]
    base, value = known_folder(facts), text_of(conda)
    if value is not None and "\n" in value:
        return parse_conda(value, Facts())[0]
    if not isinstance(conda, Scalar) or base is None or value is None or not is_local(value):
        return None
    path = resolve(base, value)
    content = facts.read(path)
    return parse_conda(content, Facts(path=path))[0] if content else None
