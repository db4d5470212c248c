"""The tables of keys of each kind of configuration, as the questions of the editor need them."""

from __future__ import annotations

from collections.abc import Sequence

from scoredock.checks.configs.environment.conda import FIELDS as CONDA
from scoredock.checks.configs.environment.inline import FIELDS as ENVIRONMENT
from scoredock.checks.configs.inference.check import FIELDS as INFERENCE
from scoredock.checks.configs.workspace_config import FIELDS as WORKSPACE
from scoredock.formats.deployment_fields import FIELDS as DEPLOYMENT
from scoredock.formats.document_kind import DocumentKind
from scoredock.formats.fields import Field, find
from scoredock.formats.v2.tables import FIELDS as V2

FIELDS: dict[DocumentKind, tuple[Field, ...]] = {
    "inference-config": INFERENCE,
    "deployment-config": DEPLOYMENT,
    "environment": ENVIRONMENT,
    "workspace-config": WORKSPACE,
    "conda": CONDA,
}
for _kind, _fields in V2.items():
    FIELDS[_kind] = _fields


def field_at(fields: Sequence[Field], path: Sequence[str | int]) -> Field | None:
    """The field that a path leads to; the items of a list are described by the field of the list."""
    field: Field | None = None
    for key in path:
        if isinstance(key, int):
            if field is None or field.kind != "list":
                return None
            continue
        field = find(fields, key)
        if field is None:
            return None
        fields = _below(field)
    return field


def _below(field: Field) -> Sequence[Field]:
    """A conda file of v2 may be written out in place."""
    return CONDA if field.name == "conda_file" else field.fields


def fields_below(fields: Sequence[Field], path: Sequence[str | int]) -> Sequence[Field]:
    """The keys that an object at a path may have."""
    if not path:
        return fields
    around = field_at(fields, path)
    return _below(around) if around is not None else ()
