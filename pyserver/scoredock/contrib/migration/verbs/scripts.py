"""Scripts of the SDK v1 and lines of azure-cli-ml of a project: what they deploy, and the same in the words of v2."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from scoredock import l10n
from scoredock.contrib.migration.domain import az_lines
from scoredock.contrib.migration.domain.entry_script import diff
from scoredock.contrib.migration.domain.report import Note, Outcome
from scoredock.contrib.migration.domain.source import Broken
from scoredock.contrib.migration.verbs.files import Project, TextFile
from scoredock.errors import ScoredockError
from scoredock.features.contribution import require_contribution
from scoredock.scripts.notebook_cells import read_cells

if TYPE_CHECKING:
    from scoredock.contrib.migration.domain.sdk.script import RewrittenScript

_MAGIC = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)
FOLDER = "scripts"
"""Of the output, for files that are written in the words of v2."""


def read_scripts(project: Project) -> dict[Path, RewrittenScript]:
    """Rewritten scripts and notebooks with what they deploy, by path. Those that cannot be read are noted as broken.

    Raises ScoredockError `contribution-absent` where there is nothing else to migrate.
    """
    texts = {file.path: file.text for file in project.files["sdk-script"]}
    for file in project.files["notebook"]:
        text = _text_of_notebook(file.path)
        if "azureml.core" in text:
            texts[file.path] = text
    try:
        if texts:
            require_contribution("sdk")
    except ScoredockError as error:
        if not any(files for kind, files in project.files.items() if kind not in ("sdk-script", "notebook")):
            raise
        reason = l10n.t("What it deploys is not read: {reason}", reason=error.message)
        project.broken += [Broken(str(path), reason, error.fix) for path in texts]
        return {}
    from scoredock.contrib.migration.domain.sdk.script import rewrite

    return {path: rewrite(text, str(path)) for path, text in texts.items()}


def _text_of_notebook(path: Path) -> str:
    """The code of its cells, without the lines that are none of Python."""
    try:
        cells = [cell.text for _, cell in read_cells(path)]
    except (ScoredockError, OSError, ValueError):
        return ""
    return "\n".join(_MAGIC.sub("", text) for text in cells if not text.lstrip().startswith("%%"))


def write_scripts(
    files: Mapping[str, list[TextFile]],
    scripts: Mapping[Path, RewrittenScript],
    root: Path,
    outcome: Outcome,
) -> None:
    """Writes the scripts with a change below `scripts`; what stays as it is goes into the report."""
    for file in files["sdk-script"]:
        script = scripts.get(file.path)
        if script is None:
            continue
        outcome.notes += script.notes
        if script.changed:
            _write(file, script.text, root, outcome)
    for file in files["notebook"]:
        if file.path in scripts:
            outcome.notes += _of_notebook(file.path)
    names = az_lines.NamesInV2(outcome.services)
    for file in files["commands"]:
        lines = az_lines.rewrite(file.text, str(file.path), names)
        outcome.notes += lines.notes
        if lines.changed:
            _write(file, lines.text, root, outcome)


def _write(file: TextFile, text: str, root: Path, outcome: Outcome) -> None:
    inner = file.path.relative_to(root).as_posix() if root in file.path.parents else file.path.name
    path = f"{FOLDER}/{inner}"
    outcome.write(path, text, str(file.path))
    outcome.diffs.append((path, diff(path, file.text, text)))


def _of_notebook(path: Path) -> Iterator[Note]:
    message = l10n.t("A notebook stays as it is; what it deploys is in the files of the endpoints.")
    step = l10n.t("Save its code as a script to have that rewritten.")
    yield Note("absent", str(path), "azureml.core", message, step, str(path))
