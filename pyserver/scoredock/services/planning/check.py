"""The checks of the person's code, as the editor makes them, with what it will be deployed with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from scoredock.analysis.facts import EnvironmentFacts, Facts
from scoredock.checks.check import check
from scoredock.checks.script.imported_modules import imported_modules
from scoredock.services.planning.files import Files, readable
from scoredock.services.planning.findings import LocatedFinding
from scoredock.services.planning.inputs import Inputs
from scoredock.services.revision import EntryScript


def check_code(inputs: Inputs, environment: EnvironmentFacts | None, files: Files) -> list[LocatedFinding]:
    """All findings of a deployment: those of its configurations, which `files` has, among those of the code.

    The inference configuration comes first, then the script, then what else was read, then imported modules.
    """
    script = inputs.script
    facts = replace(
        files.facts(script.path, inputs.models),
        environment=environment,
        configuration=inputs.request.inference_config,
        source_directory=str(script.source_directory or ""),
        alone=script.source_directory is None,
    )
    configuration = str(Path(inputs.request.inference_config))
    configuration = files.own.path if files.own.stands_for(configuration) else configuration
    first = [each for each in files.findings if each.path == configuration]
    others = [each for each in files.findings if each.path != configuration]
    own = [LocatedFinding(str(script.path), each) for each in check(inputs.text, facts, "entry-script")]
    modules = _of_modules(script, inputs.text, facts, files) if script.source_directory is not None else ()
    return [*first, *own, *others, *modules]


def _of_modules(script: EntryScript, text: str, facts: Facts, files: Files) -> Iterator[LocatedFinding]:
    """What the entry script imports from its source directory fails a start just as well."""
    modules = imported_modules(script.path.as_posix(), text, facts.source_directory, os.path.isfile, readable)
    for name, surely in modules.items():
        content = readable(name)
        if content is not None:
            settings = files.settings(Path(name))
            importer = str(script.path)
            own = replace(facts, path=name, settings=settings, imported_by=importer, surely_imported=surely)
            for finding in check(content, own, "module"):
                yield LocatedFinding(name, finding)
