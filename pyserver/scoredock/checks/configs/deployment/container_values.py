"""Values under `container` that cannot be meant, and protections of the container that a file turns off."""

from __future__ import annotations

from collections.abc import Callable

from scoredock import l10n
from scoredock.analysis.finding import Finding
from scoredock.analysis.rule import quoted_value
from scoredock.analysis.tree import Mapping, Node, Sequence
from scoredock.checks.configs.deployment import rules
from scoredock.formats.container import ContainerWish, capability_of, is_user, size_of, text_of


def check_container(node: Node | None, wish: ContainerWish) -> list[Finding]:
    """Findings of the object under `container`, which was read as `wish`; the shape checks the kinds of its values."""
    if not isinstance(node, Mapping):
        return []
    findings: list[Finding] = []
    for name in ("shmSize", "tmpSize"):
        findings += _text(
            node.get(name), name, l10n.t("a size such as “512m” or “2g”"), lambda written: size_of(written) is not None
        )
    findings += _text(node.get("user"), "user", l10n.t("numbers, as “uid” or “uid:gid”"), is_user)
    findings += _capabilities(node.get("capabilities"))
    weaker = wish.weakened()
    return findings + [
        rules.WEAKENED.finding(entry.key.range, what=weaker[str(entry.key.value)])
        for entry in node.entries
        if str(entry.key.value) in weaker
    ]


def _text(node: Node | None, key: str, wanted: str, fits: Callable[[str], bool]) -> list[Finding]:
    written = text_of(node)
    if node is None or written is None or fits(written):
        return []
    return [rules.VALUE.finding(node.range, key=key, wanted=wanted, got=quoted_value(written[:40]))]


def _capabilities(node: Node | None) -> list[Finding]:
    if not isinstance(node, Sequence):
        return []
    wanted = l10n.t("names of single capabilities, such as CHOWN, that leave the container closed")
    return [
        rules.VALUE.finding(
            item.range,
            key="capabilities",
            wanted=wanted,
            got=quoted_value((text_of(item) or "")[:40], l10n.t("another value")),
        )
        for item in node.items
        if capability_of(item) is None
    ]
