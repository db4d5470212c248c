"""Inference configurations: what they ask for, and what is wrong with them."""

from __future__ import annotations

import json
import keyword
from dataclasses import replace

from scoredock import l10n
from scoredock.analysis.edits import quoted, remove
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding
from scoredock.analysis.paths import folder_of, known_folder, resolve
from scoredock.analysis.read import read
from scoredock.analysis.result_cache import result_cache
from scoredock.analysis.rule import proposal
from scoredock.analysis.tree import Mapping, Node, Scalar, kind_name
from scoredock.checks.configs.environment.inline import FIELDS as ENVIRONMENT_FIELDS
from scoredock.checks.configs.environment.inline import (
    EnvironmentReference,
    InlineEnvironment,
    environment_of,
    reference_of,
)
from scoredock.checks.configs.environment.inline_values import check_image, check_registry
from scoredock.checks.configs.inference import rules
from scoredock.checks.configs.inference.files import check_named
from scoredock.checks.configs.inference.older_keys import (
    OLDER,
    check_elsewhere,
    check_empty,
    check_older,
    check_version,
    has_value,
)
from scoredock.checks.configs.inference.paths import check_files, check_written
from scoredock.checks.configs.shape import ShapeRules, check_shape, insert_key, renamed
from scoredock.formats.environment_sections import registry_of
from scoredock.formats.fields import Field, closest
from scoredock.late_dataclass import dataclass
from scoredock.text import Fix, TextEdit

SHAPE = ShapeRules(rules.DOUBLED, rules.UNKNOWN, rules.KIND, rules.VALUE, lambda: l10n.t("an inference configuration"))
FIELDS = (
    Field(
        "entryScript",
        "text",
        "The script with init() and run(), relative to sourceDirectory when that is given.",
        nullable=False,
        path="file",
        snippet='"score.py"',
        v2="deployment code_configuration.scoring_script",
    ),
    Field(
        "sourceDirectory",
        "text",
        "Folder whose whole content goes into the service; the other paths are relative to it.",
        path="folder",
        snippet='"."',
        v2="deployment code_configuration.code",
    ),
    Field(
        "environment",
        "object",
        "The environment: a name and version of a registered one, or written out.",
        fields=ENVIRONMENT_FIELDS,
        snippet='{"name": "myenv", "version": "1"}',
        v2="deployment environment",
    ),
    Field(
        "runtime",
        "text",
        "Older way to say which language; an environment replaces it.",
        choices=("python", "spark-py", "python-slim"),
        snippet='"python"',
        v2="none: the image of the environment; Spark has no equivalent",
    ),
    Field(
        "condaFile",
        "text",
        "Older way to give the packages: a conda file, relative to sourceDirectory when that is given.",
        path="file",
        snippet='"conda.yml"',
        v2="environment conda_file",
    ),
    Field(
        "extraDockerfileSteps",
        "text",
        "Older way to add Docker steps: a file that holds them.",
        path="file",
        v2="environment build, with a Dockerfile",
    ),
    Field(
        "extraDockerFileSteps",
        "text",
        "Another spelling of extraDockerfileSteps, which is accepted too.",
        path="file",
        v2="environment build, with a Dockerfile",
    ),
    Field(
        "enableGpu",
        "boolean",
        truthy=True,
        doc="Older way to ask for an image with CUDA.",
        default="false",
        snippet="false",
        v2="environment image with CUDA, and an instance_type with graphics cards",
    ),
    Field(
        "cudaVersion",
        "text",
        "Older way to choose the CUDA version of a GPU image.",
        choices=("9.0", "9.1", "10.0"),
        snippet='"10.0"',
        v2="environment image with that CUDA",
    ),
    Field("baseImage", "text", "Older way to name the image to start from.", v2="environment image"),
    Field(
        "baseImageRegistry",
        "any",
        "Older way to say where the base image is.",
        v2="none: the identity of the endpoint reads the registry",
    ),
    Field("description", "text", "A sentence about the configuration.", v2="description of the deployment"),
)
_OLDER = (*OLDER, "description")
_BASES = 6
"""A configuration may lie up to this many folders below the one that its paths are relative to, less one."""


@dataclass(frozen=True, slots=True)
class InferenceConfig:
    """Values of an inference configuration, as written; paths relative to `base_folder`."""

    entry_script: str
    source_directory: str | None = None
    conda_file: str | None = None
    environment: EnvironmentReference | InlineEnvironment | None = None
    description: str | None = None
    runtime: str | None = None
    extra_dockerfile_steps: str | None = None
    enable_gpu: bool = False
    cuda_version: str | None = None
    base_image_registry: tuple[str, str] = ("", "")
    """Address and user."""
    base_image: str | None = None
    environment_variables: tuple[tuple[str, str], ...] = ()


@result_cache
def parse_inference(text: str, facts: Facts) -> tuple[InferenceConfig | None, list[Finding]]:
    """The configuration and its findings; None when it names no entry script or cannot be read."""
    tree, findings = read(text, facts.path or "inferenceconfig.json", rules.BROKEN)
    root = tree.root
    if root is None:
        return None, findings
    if not isinstance(root, Mapping):
        return None, findings or [rules.NOT_AN_OBJECT.finding(root.range, got=kind_name(root))]
    # The environment is checked by its own module.
    shallow = tuple(Field(f.name, f.kind, f.doc) if f.name == "environment" else f for f in FIELDS)
    findings += check_shape(root, shallow, SHAPE, lines=tree.lines)
    findings = check_elsewhere(root, tree.lines, findings)
    environment = root.get("environment")
    findings = _named_by_text(environment, findings)
    inline: EnvironmentReference | InlineEnvironment | None = None
    if isinstance(environment, Mapping):
        inline = reference_of(environment)
        if inline is not None:
            version_findings = check_version(environment)
            findings += version_findings
            if not _text(root.get("condaFile")) and not any(f.severity == "warning" for f in version_findings):
                findings += _check_reference(environment, inline, facts)
        if inline is None:
            inline, more = environment_of(environment, text, facts)
            findings += more
        findings += [
            rules.BESIDE_ENVIRONMENT.finding(
                e.key.range,
                severity="information" if e.key.value == "description" else None,
                fixes=remove(root, [e], tree.lines),
                key=e.key.value,
            )
            for e in root.entries
            if e.key.value in _OLDER and has_value(e.value)
        ]
    if environment is None:
        findings += check_image(root.get("baseImage")) + check_registry(root.get("baseImageRegistry"), tree.lines)
    script = _text(root.get("entryScript"))
    findings = _check_script(root, findings)
    findings += _check_paths(root, facts, findings) + check_empty(root, tree.lines)
    if not findings and environment is None:
        base = base_folder(script or "", _text(root.get("sourceDirectory")), facts) if facts.path else ""
        findings = check_older(root, base, facts, tree.lines)
    if not script:
        return None, findings
    steps = _text(root.get("extraDockerfileSteps")) or _text(root.get("extraDockerFileSteps"))
    gpu = root.get("enableGpu")
    return (
        InferenceConfig(
            entry_script=script,
            source_directory=_text(root.get("sourceDirectory")) or None,
            conda_file=_text(root.get("condaFile")) or None,
            environment=inline,
            description=_text(root.get("description")),
            runtime=_text(root.get("runtime")),
            extra_dockerfile_steps=steps,
            enable_gpu=isinstance(gpu, Scalar) and gpu.value is True,
            cuda_version=_text(root.get("cudaVersion")),
            base_image=_text(root.get("baseImage")),
            base_image_registry=registry_of(root.get("baseImageRegistry"))[:2],
            environment_variables=inline.environment_variables if isinstance(inline, InlineEnvironment) else (),
        ),
        findings,
    )


def _check_reference(environment: Mapping, inline: EnvironmentReference, facts: Facts) -> list[Finding]:
    """Findings about an environment that is not registered, where that is known."""
    environments = facts.environments
    name, version = environment.get("name"), environment.get("version")
    if environments is None or name is None:
        return []
    versions = environments.get(inline.name)
    if versions is None:
        curated = {each.casefold(): each for each, numbers in environments.items() if not numbers}
        if inline.name.casefold() in curated:
            return []
        near = closest(inline.name, sorted(environments))
        fixes = (
            (Fix(l10n.t("Change to {new}", new=near), (TextEdit(name.range, quoted(name, near)),), preferred=True),)
            if near
            else ()
        )
        return [rules.NOT_REGISTERED.finding(name.range, fixes=fixes, name=inline.name[:80], hint=proposal(near))]
    if not versions or version is None or inline.version is None or inline.version in map(str, versions):
        return []
    newest = str(max(versions))
    fix = Fix(
        l10n.t("Change to {new}", new=newest), (TextEdit(version.range, quoted(version, newest)),), preferred=True
    )
    called = f"{inline.name}:{inline.version}"[:80]
    hint = l10n.t("; its newest version is {version}", version=newest)
    return [rules.NOT_REGISTERED.finding(version.range, fixes=(fix,), name=called, hint=hint)]


def base_folder(entry_script: str, source_directory: str | None, facts: Facts) -> str:
    """Folder that the paths of the configuration at `facts.path` are relative to.

    Azure takes the folder that the deployment is started from. That is the folder of the configuration itself, or one
    of the two above it when the script is found only from there.
    """
    own = folder_of(facts.path)
    folder = own
    for _ in range(_BASES):
        target = resolve(resolve(folder, source_directory) if source_directory else folder, entry_script)
        if facts.exists(target) and not facts.is_folder(target):
            return folder
        above = folder_of(folder)
        if above == folder:
            break
        folder = above
    return own


def _named_by_text(environment: Node | None, findings: list[Finding]) -> list[Finding]:
    """`"environment": "name:1"`: the object that was meant."""
    if not isinstance(environment, Scalar) or not isinstance(environment.value, str) or not environment.value.strip():
        return findings
    name, colon, version = environment.value.strip().partition(":")
    meant = json.dumps({"name": name, "version": version if colon and version else None}, ensure_ascii=False)
    fix = Fix(l10n.t("Change to {new}", new=meant), (TextEdit(environment.range, meant),), preferred=True)
    return [replace(f, fixes=(fix,)) if f.range == environment.range else f for f in findings]


def _check_paths(root: Mapping, facts: Facts, findings: list[Finding]) -> list[Finding]:
    path_findings = check_written(root, facts)
    if known_folder(facts) is None:
        return path_findings
    base = base_folder(_text(root.get("entryScript")) or "", _text(root.get("sourceDirectory")), facts)
    path_findings += check_files(root, base, facts, [*findings, *path_findings])
    # What a file holds matters only where it is found.
    return (
        path_findings
        if any(f.severity in ("error", "warning") for f in path_findings)
        else path_findings + check_named(root, base, facts)
    )


def _check_script(root: Mapping, findings: list[Finding]) -> list[Finding]:
    entry = root.entry("entryScript")
    if entry is None:
        near = next(
            (e for e in root.entries if isinstance(e.key.value, str) and closest(e.key.value, ["entryScript"])), None
        )
        if near is not None:
            findings = [f for f in findings if f.range != near.key.range]
            return [
                *findings,
                rules.NO_SCRIPT.finding(
                    near.key.range,
                    fixes=(renamed(near.key, "entryScript"),),
                    message=l10n.t(
                        "“{key}” is not a known key; did you mean “{right}”?", key=near.key.value, right="entryScript"
                    ),
                ),
            ]
        fix = insert_key(root, "entryScript", '"score.py"', l10n.t("Add {key}", key="entryScript"))
        place = root.entries[0].key.range if root.entries else root.range
        return [*findings, rules.NO_SCRIPT.finding(place, fixes=(fix,))]
    name = _text(entry.value)
    if name is None:
        return findings
    if not name.strip():
        fix = Fix(
            l10n.t("Change to {new}", new='"score.py"'), (TextEdit(entry.value.range, '"score.py"'),), preferred=True
        )
        return [
            *findings,
            rules.NO_SCRIPT.finding(entry.value.range, fixes=(fix,), message=l10n.t("“entryScript” is empty.")),
        ]
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    reason = import_obstacle(base)
    if reason:
        proposed = name[: len(name) - len(base)] + importable_name(base)
        fix = Fix(
            l10n.t("Change to {new}", new=proposed),
            (TextEdit(entry.value.range, quoted(entry.value, proposed)),),
        )
        findings = [*findings, rules.NOT_IMPORTABLE.finding(entry.value.range, fixes=(fix,), name=base, reason=reason)]
    return findings


def import_obstacle(name: str) -> str:
    """Reason why a file name cannot be imported as a module, as the end of a sentence; empty when it can."""
    if not name.endswith(".py"):
        return l10n.t(": it does not end in .py")
    stem = name[:-3]
    if keyword.iskeyword(stem):
        return l10n.t(": “{word}” is a Python keyword", word=stem)
    if stem[:1].isdigit():
        return l10n.t(": it begins with a digit")
    return "" if stem.isidentifier() else l10n.t(": only letters, digits and underscores can stand before .py")


def importable_name(name: str) -> str:
    """The nearest file name that can be imported."""
    stem = (
        name[:-3]
        if name.lower().endswith(".py")
        else name.rsplit(".", 1)[0]
        if name.endswith((".ipynb", ".txt"))
        else name
    )
    stem = "".join(c if c.isidentifier() or c.isdigit() else "_" for c in stem) or "score"
    stem = f"score_{stem}" if stem[0].isdigit() or keyword.iskeyword(stem) else stem
    return f"{stem}.py"


def _text(node: Node | None) -> str | None:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None
