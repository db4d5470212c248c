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
    versions_by_name = facts.environments or {}
    if key == "name":
        # Registered ones before the curated. All are shown: whoever picks one replaces what is there.
        own = sorted(versions_by_name, key=lambda name: (not versions_by_name[name], name))[: MOST + 1]
        return [
            Completion(
                name,
                "value",
                span,
                write(name),
                versions_told(versions_by_name[name]) if versions_by_name[name] else l10n.t("curated"),
            )
            for name in own
        ]
    if key == "version":
        versions = versions_by_name.get(context.siblings.get("name", ""), ())
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
        versions_by_name = {name: tuple(m.version for m in versions) for name, versions in (facts.models or {}).items()}
    elif field.name == "environment":
        versions_by_name = dict(facts.environments or {})
    else:
        return []
    kind = "model" if field.name == "model" else "value"
    proposals: list[Completion] = []
    for name in fitting(sorted(versions_by_name), typed.removeprefix("azureml:").split(":")[0].split("@")[0]):
        versions = versions_by_name[name]
        for reference, detail in _spelt(name, versions, every=typed.startswith(f"azureml:{name}:")):
            proposals.append(Completion(reference, kind, span, write(reference), detail))  # type: ignore[arg-type]
    return proposals[: MOST + 1]


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
