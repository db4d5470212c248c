"""The channels that a conda file names."""

from __future__ import annotations

from scoredock import l10n
from scoredock.analysis.edits import quoted
from scoredock.analysis.finding import Finding
from scoredock.analysis.tree import Node, Scalar, Sequence
from scoredock.checks.configs.environment import package_rules as rules
from scoredock.checks.similar import similar
from scoredock.text import Fix, TextEdit

_KNOWN = (
    "conda-forge",
    "defaults",
    "anaconda",
    "pytorch",
    "nvidia",
    "bioconda",
    "microsoft",
    "huggingface",
    "rapidsai",
)
_OTHERS = frozenset(
    ("nodefaults", "main", "free", "r", "msys2", "intel", "fastai", "h2oai", "esri", "plotly", "pyg", "dglteam")
)
_MOST = 20


def check_channels(channels: Node | None) -> list[Finding]:
    """Findings about names that are one or two letters from those of large channels."""
    items = channels.items if isinstance(channels, Sequence) else ()
    findings = []
    for item in items[:_MOST]:
        name = item.value if isinstance(item, Scalar) and isinstance(item.value, str) else ""
        if not name or name in _KNOWN or name in _OTHERS or "/" in name or ":" in name or "$" in name:
            continue
        near = similar(name[:60].lower(), _KNOWN, 1, 0.85)
        if near and isinstance(item, Scalar):
            fix = Fix(
                l10n.t("Change to {new}", new=near[0]), (TextEdit(item.range, quoted(item, near[0])),), preferred=True
            )
            findings.append(rules.NEAR_CHANNEL.finding(item.range, fixes=(fix,), name=name[:60], right=near[0]))
    return findings
