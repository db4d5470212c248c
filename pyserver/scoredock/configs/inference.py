"""Inference configurations: what they ask for, and what is wrong with them."""

from __future__ import annotations

import keyword
from dataclasses import dataclass

from scoredock.configs import inference_rules as rules
from scoredock.configs.environment import FIELDS as ENVIRONMENT_FIELDS
from scoredock.configs.environment import EnvironmentReference, InlineEnvironment, environment_of, reference_of
from scoredock.configs.facts import Facts
from scoredock.configs.fields import Field, closest
from scoredock.configs.finding import Finding
from scoredock.configs.paths import check_path, folder_of, known_folder, resolve
from scoredock.configs.read import read
from scoredock.configs.shape import ShapeRules, check_shape, insert_key, renamed
from scoredock.configs.tree import Mapping, Node, Scalar, kind_name
from scoredock.text import Fix, TextEdit

SHAPE = ShapeRules(rules.DOUBLED, rules.UNKNOWN, rules.KIND, rules.VALUE)
FIELDS = (
    Field("entryScript", "text", "The script with init() and run(), relative to sourceDirectory when that is given.", nullable=False, path="file", snippet='"score.py"', v2="deployment code_configuration.scoring_script"),
    Field("sourceDirectory", "text", "Folder whose whole content goes into the service; the other paths are relative to it.", path="folder", snippet='"."', v2="deployment code_configuration.code"),
    Field("environment", "object", "The environment: a name and version of a registered one, or written out.", fields=ENVIRONMENT_FIELDS, snippet='{"name": "myenv", "version": "1"}', v2="deployment environment"),
    Field("runtime", "text", "Older way to say which language; an environment replaces it.", choices=("python", "spark-py", "python-slim"), snippet='"python"'),
    Field("condaFile", "text", "Older way to give the packages: a conda file, relative to sourceDirectory when that is given.", path="file", snippet='"conda.yml"', v2="environment conda_file"),
    Field("extraDockerfileSteps", "text", "Older way to add Docker steps: a file that holds them.", path="file"),
    Field("extraDockerFileSteps", "text", "Another spelling of extraDockerfileSteps, which is accepted too.", path="file"),
    Field("enableGpu", "boolean", "Older way to ask for an image with CUDA.", default="false", snippet="false"),
    Field("cudaVersion", "text", "Older way to choose the CUDA version of a GPU image.", choices=("9.0", "9.1", "10.0"), snippet='"10.0"'),
    Field("baseImage", "text", "Older way to name the image to start from.", v2="environment image"),
    Field("baseImageRegistry", "any", "Older way to say where the base image lies."),
    Field("description", "text", "A sentence about the configuration."),
)  # fmt: skip
_OLDER = (
    "runtime",
    "condaFile",
    "extraDockerfileSteps",
    "extraDockerFileSteps",
    "enableGpu",
    "cudaVersion",
    "baseImage",
    "baseImageRegistry",
    "description",
)
_BASES = 3
"""A configuration may lie up to this many folders below the one that its paths are relative to, less one."""


@dataclass(frozen=True, slots=True)
class InferenceConfig:
    """What an inference configuration says, as written; paths relative to `base_folder`."""

    entry_script: str
    source_directory: str | None = None
    conda_file: str | None = None
    environment: EnvironmentReference | InlineEnvironment | None = None
    description: str | None = None
    runtime: str | None = None
    extra_dockerfile_steps: str | None = None
    enable_gpu: bool = False
    cuda_version: str | None = None
    base_image: str | None = None
    environment_variables: tuple[tuple[str, str], ...] = ()


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
    findings += check_shape(root, shallow, SHAPE)
    environment = root.get("environment")
    inline: EnvironmentReference | InlineEnvironment | None = None
    if isinstance(environment, Mapping):
        inline = reference_of(environment)
        if inline is not None and not _text(root.get("condaFile")):
            findings += _check_reference(environment, inline, facts)
        if inline is None:
            inline, more = environment_of(environment, text)
            findings += more
        findings += [
            rules.BESIDE_ENVIRONMENT.finding(e.key.range, key=e.key.value)
            for e in root.entries
            if e.key.value in _OLDER and not (isinstance(e.value, Scalar) and e.value.value in (None, False, ""))
        ]
    script = _text(root.get("entryScript"))
    findings = _check_script(root, findings) + _check_paths(root, facts)
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
            environment_variables=inline.environment_variables if isinstance(inline, InlineEnvironment) else (),
        ),
        findings,
    )


def _check_reference(environment: Mapping, inline: EnvironmentReference, facts: Facts) -> list[Finding]:
    """Whether the environment is registered, where that is known."""
    known = facts.environments
    name, version = environment.get("name"), environment.get("version")
    if known is None or name is None:
        return []
    versions = known.get(inline.name)
    if versions is None:
        curated = {each.casefold(): each for each, numbers in known.items() if not numbers}
        if inline.name.casefold() in curated:
            return []
        near = closest(inline.name, sorted(known))
        fixes = (
            (Fix(f"Change to {near}", (TextEdit(name.range, _quoted(name, near)),), preferred=True),) if near else ()
        )
        hint = f"; did you mean {near}" if near else ""
        return [rules.NOT_REGISTERED.finding(name.range, fixes=fixes, name=inline.name[:80], hint=hint)]
    if not versions or version is None or inline.version is None or inline.version in map(str, versions):
        return []
    newest = str(max(versions))
    fix = Fix(f"Change to {newest}", (TextEdit(version.range, _quoted(version, newest)),), preferred=True)
    called = f"{inline.name}:{inline.version}"[:80]
    hint = f"; its newest version is {newest}"
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
                    message=f"There is no key {near.key.value}, did you mean entryScript?",
                ),
            ]
        fix = insert_key(root, "entryScript", '"score.py"', "Add entryScript")
        place = root.entries[0].key.range if root.entries else root.range
        return [*findings, rules.NO_SCRIPT.finding(place, fixes=(fix,))]
    name = _text(entry.value)
    if name is None:
        return findings
    if not name.strip():
        fix = Fix('Change to "score.py"', (TextEdit(entry.value.range, '"score.py"'),), preferred=True)
        return [*findings, rules.NO_SCRIPT.finding(entry.value.range, fixes=(fix,), message="entryScript is empty.")]
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    reason = import_obstacle(base)
    if reason:
        proposed = name[: len(name) - len(base)] + importable_name(base)
        fix = Fix(f"Change to {proposed}", (TextEdit(entry.value.range, _quoted(entry.value, proposed)),))
        findings = [*findings, rules.NOT_IMPORTABLE.finding(entry.value.range, fixes=(fix,), name=base, reason=reason)]
    return findings


def import_obstacle(name: str) -> str:
    """Why a file name cannot be imported as a module, as the end of a sentence; empty when it can."""
    if not name.endswith(".py"):
        return ": it does not end in .py"
    stem = name[:-3]
    if keyword.iskeyword(stem):
        return f": {stem} is a Python keyword"
    return "" if stem.isidentifier() else ": it is no Python identifier"


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


def _check_paths(root: Mapping, facts: Facts) -> list[Finding]:
    if known_folder(facts) is None:
        return []
    findings: list[Finding] = []
    script, source = root.get("entryScript"), root.get("sourceDirectory")
    base = base_folder(_text(script) or "", _text(source), facts)
    for name in ("entryScript", "sourceDirectory", "condaFile", "extraDockerfileSteps", "extraDockerFileSteps"):
        node = root.get(name)
        if (
            isinstance(node, Scalar)
            and isinstance(node.value, str)
            and (node.value.startswith("/") or node.value[1:3] == ":\\")
        ):
            findings.append(_absolute(node, name, base))
    inner = base
    if isinstance(source, Scalar) and isinstance(source.value, str) and source.value.strip():
        inner = resolve(base, source.value)
        wrong = check_path(source, base, facts, rules.FOLDER_MISSING, rules.CASE, folder=True)
        findings += wrong
        if not facts.is_folder(inner):
            return findings  # nothing below it can be judged
    if isinstance(script, Scalar) and not (
        isinstance(script.value, str) and import_obstacle(script.value.rsplit("/", 1)[-1])
    ):
        findings += check_path(
            script, inner, facts, rules.SCRIPT_MISSING, rules.CASE, wanted=lambda n: n.endswith(".py")
        )
    for name in ("condaFile", "extraDockerfileSteps", "extraDockerFileSteps"):
        node = root.get(name)
        if isinstance(node, Scalar):
            wanted = _is_yaml if name == "condaFile" else _any_name
            findings += check_path(node, inner, facts, rules.FILE_MISSING, rules.CASE, wanted=wanted)
    return findings


def _is_yaml(name: str) -> bool:
    return name.lower().endswith((".yml", ".yaml"))


def _any_name(name: str) -> bool:
    return bool(name)


def _absolute(node: Scalar, name: str, base: str) -> Finding:
    value = str(node.value)
    prefix = base.rstrip("/") + "/"
    fixes: tuple[Fix, ...] = ()
    if value.startswith(prefix):
        relative = value[len(prefix) :] or "."
        fixes = (Fix(f"Change to {relative}", (TextEdit(node.range, _quoted(node, relative)),), preferred=True),)
    return rules.ABSOLUTE.finding(node.range, fixes=fixes, key=name)


def _quoted(node: Node, value: str) -> str:
    quote = node.raw[0] if isinstance(node, Scalar) and node.raw[:1] in ("'", '"') else '"'
    return f"{quote}{value}{quote}"


def _text(node: Node | None) -> str | None:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None
