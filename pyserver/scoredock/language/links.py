"""Names that can be clicked: files that a file names, and models."""

from __future__ import annotations

from scoredock import l10n
from scoredock.analysis.facts import Facts
from scoredock.language.descriptions import command_uri
from scoredock.language.mentions import mentions
from scoredock.late_dataclass import dataclass
from scoredock.text import Range


@dataclass(frozen=True, slots=True)
class Link:
    """A range that leads somewhere."""

    range: Range
    path: str
    """Absolute path of a file, or empty."""
    uri: str
    """A command of the editor, or empty."""
    tooltip: str


def links(text: str, facts: Facts) -> list[Link]:
    """The files that exist and the models that are registered among what a file names."""
    file_links = []
    for mention in mentions(text, facts):
        if mention.kind == "path" and facts.exists(mention.target) and not facts.is_folder(mention.target):
            file_links.append(Link(mention.range, mention.target, "", l10n.t("Open the file")))
        elif mention.kind == "model":
            versions = (facts.models or {}).get(mention.target, ())
            version = mention.version if mention.version is not None else versions[-1].version if versions else None
            if any(m.version == version for m in versions):
                uri = command_uri("scoredock.showModel", f"{mention.target}:{version}")
                file_links.append(Link(mention.range, "", uri, l10n.t("Show the model")))
    return file_links
