"""The parameters of run(): where they stand, which schema names them, where they are used."""

from __future__ import annotations

from scoredock.analysis.facts import Facts
from scoredock.analysis.tree import contains
from scoredock.checks.requests.schema_use import schema_decorators
from scoredock.language.kinds import kind_in
from scoredock.language.script_cache import parsed
from scoredock.late_dataclass import dataclass
from scoredock.text import Position, Range


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of run()."""

    name: str
    definition: Range
    uses: tuple[Range, ...]
    """Schemas that name it, and where run() reads it."""
    origin: Range
    """The one of all these that was asked about."""


def parameter_at(text: str, facts: Facts, place: Position) -> Parameter | None:
    """The parameter whose definition, schema or use is at a position."""
    if kind_in(text, facts) not in ("entry-script", "batch-script"):
        return None
    script = parsed(text, facts)
    run = script.run if script is not None else None
    if script is None or run is None:
        return None
    args = run.node.args
    decorators = schema_decorators(script, run)
    for argument in (*args.posonlyargs, *args.args, *args.kwonlyargs):
        start = script.range(argument).start
        definition = Range(start, Position(start.line, start.character + len(argument.arg)))
        uses = [
            script.range(node)
            for scope in script.walk.scopes
            if argument.arg in scope.uses and scope.lookup(argument.arg) is run.scope
            for node, _ in scope.uses[argument.arg]
        ]
        schemas = [
            script.range(schema.name_node)
            for schema in (decorators.inputs if decorators is not None else ())
            if schema.name == argument.arg and schema.name_node is not None
        ]
        every = [*schemas, *uses]
        origin = next((span for span in (definition, *every) if contains(span, place)), None)
        if origin is not None:
            return Parameter(argument.arg, definition, tuple(sorted(every, key=lambda s: s.start)), origin)
    return None
