"""Bills of materials against the schema of CycloneDX, with the formats of its addresses and times."""

from __future__ import annotations

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation import ValidationError
from cyclonedx.validation.json import JsonStrictValidator
from jsonschema import Draft7Validator
from rfc3986_validator import validate_rfc3986


@Draft7Validator.FORMAT_CHECKER.checks("iri-reference")
def _is_address(value: object) -> bool:
    """Without letters beyond ASCII, which no address of ours has.

    What jsonschema would take for this by itself (`cyclonedx-python-lib[json-validation]`) is not installed: every
    process that imports jsonschema would spend two seconds on its grammars.
    """
    return not isinstance(value, str) or validate_rfc3986(value, rule="URI_reference") is not None


def fault(text: str) -> ValidationError | None:
    """What is wrong with one."""
    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
