"""What each framework gives, and the pieces that their scripts share. Pure: texts only."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from string import Template

from scoredock.no_code.samples import literal
from scoredock.no_code.subject import Subject


@dataclass(frozen=True, slots=True)
class Written:
    """A script and what it needs."""

    script: str
    """Python text."""
    requirements: tuple[str, ...]
    """Of pip; the framework itself first, pinned where its version is known."""
    fallback: tuple[str, ...]
    """The same without pins that may not install any more."""
    notes: tuple[str, ...] = ()


Framework = Callable[[Subject], Written]

_IMPORTS = """\
from azureml.contrib.services.aml_response import AMLResponse
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema
"""
_REFUSED = '''\
def refused(reason):
    """An answer with status 400: the request is at fault, not the service."""
    return AMLResponse({"message": str(reason)}, 400, json_str=True)
'''


def script(template: str, subject: Subject, **values: str) -> str:
    """The template with `$model` (the expression of the model's path), `$title`, `$imports`, `$refused` and `values`."""
    return Template(template).substitute(
        title=re.sub(r'[\\\\"\n\r]', "_", subject.title if subject.registered else subject.path),
        model=model_path(subject),
        imports=_IMPORTS.rstrip("\n"),
        refused=_REFUSED.rstrip("\n"),
        **values,
    )


def model_path(subject: Subject) -> str:
    """The Python expression for where the service finds the model."""
    if subject.registered:
        return f'os.path.join(os.environ["AZUREML_MODEL_DIR"], {quoted(subject.path)})'
    return f"os.path.join(os.path.dirname(os.path.abspath(__file__)), {quoted(subject.path)})"


def quoted(text: str) -> str:
    """A Python string in double quotes where that is possible."""
    return f'"{text}"' if text.isprintable() and not set(text) & set('"\\') else repr(text)


def sample_of(subject: Subject, otherwise: str) -> str:
    """The person's own sample as an expression, else what the caller has."""
    return literal(subject.sample) or otherwise


def pinned(package: str, version: str, *others: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Requirements with the version where there is one, and without."""
    plain = re.fullmatch(r"\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?", version)
    return ((f"{package}=={version}" if plain else package, *others), (package, *others))
