"""The folder `outputs`, which a script that is submitted finds beside it, and one that is run by hand does not."""

from __future__ import annotations

import re
from pathlib import Path

from scoredock import l10n
from scoredock.analysis.rule import quoted_names

_FOLDER = "outputs"
_LARGEST = 1 << 20
_RUN = re.compile(r"`scoredock sdk run ([^ `]+\.py)")
_WRITES = re.compile(r"(?:dump|open|save\w*|savefig|to_\w+|write_\w+)\([^\n]*[\"'](?:\./)?outputs[\"'/]")
_MAKES = re.compile(r"mkdir|makedirs|copytree")


def outputs_note(advice: str) -> str:
    """What is to be done before the scripts of an advice run; empty where nothing is."""
    if Path(_FOLDER).exists():
        return ""
    scripts = [each for each in dict.fromkeys(_RUN.findall(advice)) if _needs_folder(Path(each))]
    if not scripts:
        return ""
    return l10n.t(
        "Make the folder {folder} first, for {scripts}: only a run that is submitted finds it there.",
        folder=_FOLDER,
        scripts=quoted_names(scripts),
    )


def _needs_folder(script: Path) -> bool:
    try:
        if not script.is_file() or script.stat().st_size > _LARGEST:
            return False
        text = script.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return _WRITES.search(text) is not None and _MAKES.search(text) is None
