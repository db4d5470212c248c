"""Names of what is registered: environments and models, and how configurations refer to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.formats.fields import Field
from scoredock.language.completions.proposal import MOST, Completion, fitting
from scoredock.language.context import CursorContext
from scoredock.text import Range

Write = Callable[[str], str]


def environment_values(facts: Facts, key: str, context: CursorContext, span: Range, write: Write) -> list[Completion]:
    """Registered and curated environments as the `name`, and the versions of the one that is named as the `version`."""
    known = facts.environments or {}
    if key == "name":
        # Registered ones before the curated. All are shown: whoever picks one replaces what is there.
        own = sorted(known, key=lambda name: (not known[name], name))[: MOST + 1]
        return [
            Completion(
                name, "value", span, write(name), versions_told(known[name]) if known[name] else l10n.t("curated")
            )
            for name in own
        ]
    if key == "version":
        versions = known.get(context.siblings.get("name", ""), ())
        newest = [Completion("null", "value", span, "null", l10n.t("the newest"))] if versions else []
        return newest + [
            Completion(str(v), "value", span, write(str(v))) for v in sorted(versions, reverse=True)[:MOST]
        ]
    return []


def reference_values(field: Field, facts: Facts, typed: str, span: Range, write: Write) -> list[Completion]:
    """`azureml:name:version` of models and environments, under the keys of v2 that take them."""
    if field.kind not in ("any", "text"):
        return []
    if field.name == "model":
        known = {name: tuple(m.version for m in versions) for name, versions in (facts.models or {}).items()}
    elif field.name == "environment":
        known = dict(facts.environments or {})
    else:
        return []
    kind = "model" if field.name == "model" else "value"
    found: list[Completion] = []
    for name in fitting(sorted(known), typed.removeprefix("azureml:").split(":")[0].split("@")[0]):
        versions = known[name]
        for reference, told in _spelt(name, versions, every=typed.startswith(f"azureml:{name}:")):
            found.append(Completion(reference, kind, span, write(reference), told))  # type: ignore[arg-type]
    return found[: MOST + 1]


def _spelt(name: str, versions: Sequence[int], *, every: bool) -> list[tuple[str, str]]:
    newest = sorted(versions, reverse=True)
    spelt = [
        (f"azureml:{name}:{v}", l10n.t("newest") if v == newest[0] else "") for v in (newest if every else newest[:1])
    ]
    return [*spelt, (f"azureml:{name}@latest", l10n.t("the newest, whenever it is deployed"))]


def versions_told(numbers: Sequence[int]) -> str:
    """`versions 1, 2, 3`, the newest five."""
    if len(numbers) == 1:
        return l10n.t("version {version}", version=numbers[0])
    return l10n.t("versions {versions}", versions=", ".join(map(str, numbers[-5:])))
