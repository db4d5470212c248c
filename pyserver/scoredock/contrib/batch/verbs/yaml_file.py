"""YAML files of scripts of the SDK, whose own Python need not be able to read them."""

from __future__ import annotations

import json

from scoredock import l10n
from scoredock.context import Context, Operation, absolute
from scoredock.contrib.batch import messages
from scoredock.errors import Place, ScoredockError
from scoredock.verb import verb

_FILE_BYTES = 4_000_000


@verb("batch/readYaml", progress="Reading file", errors=("file-not-found", "batch-option-invalid"))
def read_yaml(params: messages.BatchYamlParams, context: Context, operation: Operation) -> messages.BatchYaml:
    """The document of a file. Raises ScoredockError `batch-option-invalid` with its place, and what `read_text`
    raises."""
    from scoredock.analysis.edits import plain
    from scoredock.analysis.tree import Mapping as Table
    from scoredock.analysis.yaml_text import parse_yaml
    from scoredock.services.planning.reading import read_text

    path = absolute(params.path)
    tree = parse_yaml(read_text(path, _FILE_BYTES))
    if tree.problems:
        fault = tree.problems[0]
        place = Place(str(path), fault.range.start.line, fault.range.start.character)
        raise ScoredockError("batch-option-invalid", fault.message, place=place)
    if not isinstance(tree.root, Table):
        raise ScoredockError(
            "batch-option-invalid", l10n.t("{path} is not a YAML object.", path=path), place=Place(str(path))
        )
    return messages.BatchYaml(json.dumps(plain(tree.root)))
