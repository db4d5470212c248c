"""Names of packages: modules of Python, misleading names, and what a service does not need."""

from __future__ import annotations

import re
from collections.abc import Sequence

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from scoredock import l10n
from scoredock.analysis.edits import plain
from scoredock.analysis.facts import Facts
from scoredock.analysis.finding import Finding, Severity
from scoredock.analysis.paths import folder_of, resolve
from scoredock.analysis.read import parse
from scoredock.analysis.rule import quoted_names
from scoredock.analysis.tree import Mapping
from scoredock.checks.configs.environment import package_rules as rules
from scoredock.checks.configs.environment.package_versions import exact_version
from scoredock.checks.configs.environment.purpose import surely_serves
from scoredock.checks.packages.distributions import is_known, near_known
from scoredock.checks.packages.package_facts import (
    ABSENT,
    CONDA_NAMES,
    CUDA,
    FAILS_SINCE,
    NEVER_INSTALLS,
    PIP_NAMES,
    STANDARD_LIBRARY,
)
from scoredock.formats.pins import Pin
from scoredock.text import Fix, TextEdit

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")
_JOINED = re.compile(r"([A-Za-z][A-Za-z_-]*[A-Za-z])(\d+(?:\.\d+)+)")
"""A version without a sign before it."""
_SERVES_FROM = Version("1.0.45")
_PARTS = 3
"""Numbers of a release on PyPI."""
_CUDA_NAME = re.compile(r"(?:nvidia|cupy-cuda|jax-cuda|tensorrt)[a-z0-9-]*")
_GPU_SPLIT = Version("2.12")
"""The empty release: it names no Python, so pip takes it for each, and it refuses to be installed."""
_LAST_WITH_OLD_SETUPTOOLS = (3, 8)
"""It has no setuptools after 75, the last one tried that carries the requirement of sklearn 0.0 over; 78 does not."""
_OF_WINDOWS = re.compile(
    r"pywin32|pypiwin32|pywinpty|winpty|vs20\d\d-runtime|vc14-runtime|vc|ucrt|msys2-conda-epoch|m2w64-[a-z0-9-]+"
    r"|(?:console|powershell)-shortcut"
)
"""What `conda env export` and `pip freeze` write on Windows, and what neither has for Linux."""
_LOCK_FILES = ("uv.lock", "poetry.lock", "pdm.lock", "pixi.lock", "conda-lock.yml", "Pipfile.lock")


def check_names(pins: Sequence[Pin], facts: Facts, python: tuple[int, int] | None = None) -> list[Finding]:
    """Findings of single packages by their name, for a Python where it is known."""
    findings: list[Finding] = []
    listed = {pin.name for pin in pins}
    on_cpu: bool | None = None
    for pin in pins:
        pin_findings = (
            _standard(pin)
            or _renamed(pin, python, listed)
            or _only_fails(pin)
            or _nearly(pin, facts)
            or _server(pin, listed)
            or _local_version(pin)
        )
        if not pin_findings and (pin.name in CUDA or _CUDA_NAME.fullmatch(pin.name)):
            on_cpu = _without_cards(facts) if on_cpu is None else on_cpu
            pin_findings = _cards(pin) if on_cpu else []
        findings += pin_findings
    return findings + _of_windows([pin for pin in pins if _OF_WINDOWS.fullmatch(pin.name) and not pin.marker], facts)


def _of_windows(pins: Sequence[Pin], facts: Facts) -> list[Finding]:
    """One finding for all, at the first: a remark where nobody deploys with the list for sure."""
    if not pins:
        return []
    names = [match.group() for pin in pins if (match := _NAME.match(pin.requirement))]
    message = l10n.t(
        "{names} can be installed on Windows only, and the images of Azure ML are Linux; leave out what is for"
        " Windows.",
        names=quoted_names(dict.fromkeys(names)),
    )
    edits = tuple(edit for pin in pins for edit in pin.removal)
    fixes = (Fix(l10n.t("Remove the lines"), edits, preferred=True),) if all(pin.removal for pin in pins) else ()
    severity: Severity = "warning" if surely_serves(facts, "") else "information"
    return [rules.RENAMED.finding(pins[0].range, severity=severity, fixes=fixes, message=message)]


def _removed(pin: Pin) -> tuple[Fix, ...]:
    return (Fix(l10n.t("Remove the line"), pin.removal, preferred=True),) if pin.removal else ()


def _rewritten(pin: Pin, new: str, *, preferred: bool = True) -> tuple[Fix, ...]:
    edit = TextEdit(pin.range, f"{pin.quote}{new}{pin.quote}")
    return (Fix(l10n.t("Change to {new}", new=new), (edit,), preferred=preferred),)


def _standard(pin: Pin) -> list[Finding]:
    if pin.name not in STANDARD_LIBRARY:
        return []
    severity: Severity = "error" if pin.name in ABSENT else "warning"
    return [rules.STANDARD_LIBRARY.finding(pin.range, severity=severity, fixes=_removed(pin), name=pin.name)]


def _nearly(pin: Pin, facts: Facts) -> list[Finding]:
    """A name one letter away from a known one, which nobody here has ever installed. Nobody but Microsoft publishes
    azureml-…, and nothing is called as Python: these are errors, the others a remark, as packages are many."""
    joined = _JOINED.fullmatch(pin.requirement)
    if joined is not None and (joined.group(1) == "python" or is_known(joined.group(1).lower())):
        equals = "=" if pin.source == "conda" else "=="
        fixes = _rewritten(pin, f"{joined.group(1)}{equals}{joined.group(2)}")
        right = f"{joined.group(1)}{equals}{joined.group(2)}"
        return [rules.NEARLY.finding(pin.range, severity="error", fixes=fixes, name=pin.requirement, right=right)]
    right = "" if pin.elsewhere else near_known(pin.name)
    match = _NAME.match(pin.requirement)
    name = match.group() if match is not None else pin.name
    if right == "python" or right.startswith("azureml-"):
        new = "python=3.11" if right == "python" and "=" not in pin.version else right + pin.version
        return [rules.NEARLY.finding(pin.range, severity="error", fixes=_rewritten(pin, new), name=name, right=right)]
    if not right or facts.is_package(pin.name) or _is_locked(pin.name, facts):
        return []
    return [rules.NEARLY.finding(pin.range, name=name, right=right)]


def _is_locked(name: str, facts: Facts) -> bool:
    """True if a lock file beside the file knows the package: it was installed once."""
    if not facts.path:
        return False
    folder = folder_of(facts.path)
    said = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    return any(said.search(facts.read(resolve(folder, file)) or "") for file in _LOCK_FILES)


def _first_sklearn(pin: Pin, python: tuple[int, int] | None, listed: set[str]) -> list[Finding]:
    """`sklearn==0.0` needs scikit-learn, and has a line break amid its metadata: what newer setuptools builds of it
    says nothing of that."""
    right = PIP_NAMES[pin.name]
    if right in listed or (python is not None and python <= _LAST_WITH_OLD_SETUPTOOLS):
        return []
    return [
        rules.RENAMED.finding(
            pin.range,
            severity="information" if python is None else "warning",
            fixes=_rewritten(pin, right),
            name=pin.name,
            right=right,
            effect=l10n.t("and from Python 3.9 on it brings nothing"),
        )
    ]


def _renamed(pin: Pin, python: tuple[int, int] | None, listed: set[str]) -> list[Finding]:
    names = PIP_NAMES if pin.source == "pip" else CONDA_NAMES
    right = names.get(pin.name)
    surely = _never_installs(pin)
    version = exact_version(pin.version)
    if pin.name == "sklearn" and pin.source == "pip" and version == "0.0":
        return _first_sklearn(pin, python, listed)
    split = not pin.version or _at_least(version, _GPU_SPLIT)
    if pin.name == "tensorflow-gpu" and pin.source == "pip" and split:
        right, surely = "tensorflow", True
    if right is None:
        return []
    rest = "" if pin.name == "sklearn" else _NAME.sub("", pin.requirement, count=1)
    fixes = _rewritten(pin, right + rest)
    return [
        rules.RENAMED.finding(
            pin.range,
            severity=None if surely else "warning",
            fixes=fixes,
            name=pin.name,
            right=right,
            effect=l10n.t("and it cannot be installed")
            if surely
            else l10n.t("and it brings something else or nothing"),
        )
    ]


def _only_fails(pin: Pin) -> list[Finding]:
    """A package whose newest release refuses to be installed, where it is the one that is chosen."""
    since, part = FAILS_SINCE.get(pin.name, ("", ""))
    if not since or pin.source != "pip" or pin.elsewhere or pin.marker or not _lets_in(pin.version, since):
        return []
    older = f"{pin.name}<{since.partition('.')[0]}"
    message = l10n.t(
        "“{name}” cannot be installed from {version} on; list the packages that are imported in its place, such as"
        " “{part}”, or write “{older}”.",
        name=pin.name,
        version=since,
        part=part,
        older=older,
    )
    return [rules.RENAMED.finding(pin.range, fixes=_rewritten(pin, older), message=message)]


def _lets_in(version: str, release: str) -> bool:
    try:
        return SpecifierSet(version).contains(release)
    except InvalidSpecifier:
        return False


def _never_installs(pin: Pin) -> bool:
    return pin.name in NEVER_INSTALLS and (pin.source == "pip" or pin.name == "sklearn") and not pin.elsewhere


def _at_least(version: str | None, low: Version) -> bool:
    try:
        return version is not None and Version(version) >= low
    except InvalidVersion:
        return False


def _server(pin: Pin, listed: set[str]) -> list[Finding]:
    """Findings about the packages that are to bring the scoring server."""
    if pin.source != "pip":
        return []
    if pin.name == "azureml-sdk" and not listed & {"azureml-defaults", "azureml-inference-server-http"}:
        return [rules.WHOLE_SDK.finding(pin.range, fixes=_rewritten(pin, "azureml-defaults"))]
    version = exact_version(pin.version)
    if pin.name != "azureml-defaults" or version is None or _at_least(version, _SERVES_FROM):
        return []
    try:
        parts = Version(version).release
    except InvalidVersion:
        return []
    if len(parts) > _PARTS:
        return []  # a preview of Microsoft's own index: 0.1.0 and the number of a build
    return [rules.OLD_DEFAULTS.finding(pin.range, fixes=_rewritten(pin, "azureml-defaults"), version=version)]


def _local_version(pin: Pin) -> list[Finding]:
    version = exact_version(pin.version)
    if pin.source != "pip" or version is None or "+" not in version or pin.elsewhere:
        return []
    plain_version = version.partition("+")[0]
    new = pin.requirement.replace(version, plain_version, 1)
    return [rules.LOCAL_VERSION.finding(pin.range, fixes=_rewritten(pin, new), version=version)]


def _cards(pin: Pin) -> list[Finding]:
    plain_name = CUDA.get(pin.name, "")
    fixes = _rewritten(pin, plain_name + _NAME.sub("", pin.requirement, count=1)) if plain_name else _removed(pin)
    return [rules.CUDA.finding(pin.range, fixes=fixes, name=pin.name)]


def _without_cards(facts: Facts) -> bool:
    """True if deployment configurations lie around the file and none of them may have a graphics card."""
    if facts.listing is None or not facts.path:
        return False
    from scoredock.formats.document_kind import is_deployment_configuration

    own = folder_of(facts.path)
    has_configuration = False
    for folder in dict.fromkeys((own, folder_of(own))):
        try:
            names = [name for name in facts.listing(folder) if is_deployment_configuration(name)]
        except OSError:
            continue
        for name in names[:10]:
            text = facts.read(resolve(folder, name))
            root = parse(text, name).root if text is not None else None
            if not isinstance(root, Mapping):
                continue
            target, cards = plain(root.get("computeType")), plain(root.get("gpuCores"))
            if (
                not isinstance(target, str)
                or target.lower() not in ("aci", "aks", "aksendpoint")
                or cards not in (None, 0)
            ):
                return False  # this machine may have a card
            has_configuration = True
    return has_configuration
