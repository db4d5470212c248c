"""Result that each framework gives, and the pieces that their scripts share. Pure: texts only."""

from __future__ import annotations

import re
from collections.abc import Callable
from string import Template

from scoredock.environments.spec import CondaPackages
from scoredock.late_dataclass import dataclass
from scoredock.no_code.samples import literal
from scoredock.no_code.subject import Subject


@dataclass(frozen=True, slots=True)
class GeneratedScript:
    """A script and what it needs."""

    script: str
    """Python text."""
    requirements: tuple[str, ...]
    """Of pip; the framework itself first, pinned where its version is known."""
    fallback: tuple[str, ...]
    """The same without pins that may not install any more."""
    notes: tuple[str, ...] = ()
    conda: CondaPackages | None = None
    """What only conda has; `requirements` are pip's part then."""
    python: str | None = None
    """Version specifier of the Python that the model was made with, where it says."""


Framework = Callable[[Subject], GeneratedScript]

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
_LISTED = '''\
def listed(data, names):
    """Rows as lists in the order of the columns; a row with names has these and no others, or it would be read as gaps."""
    if not all(isinstance(row, dict) for row in data):
        return data
    for row in data:
        missing = [name for name in names if name not in row]
        unknown = sorted(set(row).difference(names))
        if missing or unknown:
            columns = {"Missing": missing, "Unknown": unknown}
            problems = [f"{what} columns: {', '.join(each[:20])}." for what, each in columns.items() if each]
            raise ValueError(f"{' '.join(problems)} The model takes {', '.join(names[:20])}; null stands for a missing value.")
    return [[row[name] for name in names] for row in data]
'''  # noqa: E501 (a text that would change if it were wrapped)
_UNDERLINED = '''\
def underlined(row):
    """The names of a row as LightGBM keeps them: with _ for a space."""
    if not isinstance(row, dict):
        return row
    return {name if (kept := name.replace(" ", "_")) in row else kept: value for name, value in row.items()}
'''
_EXACTLY = '''\
TAKEN = {"f": "numbers", "i": "whole numbers", "u": "whole numbers", "b": "true and false", "U": "texts"}


def exactly(name, values, kind):
    """The array in a type; a ValueError where a value would become another one."""
    kind = np.dtype(kind)
    if kind.kind not in TAKEN:
        return np.array(values, dtype=kind)
    given = np.array(values, dtype=object).ravel().tolist()
    if list in map(type, given):
        raise ValueError(f"The lists in {name!r} differ in length.")
    known = {"f": (int, float, type(None)), "b": (bool, int, float), "U": (str,)}.get(kind.kind, (int, float))
    wrong = [value for value in given if type(value) not in known]
    if not wrong and kind.kind in "iub":
        least, most = (0, 1) if kind.kind == "b" else (np.iinfo(kind).min, np.iinfo(kind).max)
        wrong = [value for value in given if not least <= value <= most or value != int(value)]
    if not wrong:
        with np.errstate(over="ignore"):
            array = np.array(values, dtype=np.str_ if kind.kind == "U" else kind)
        if kind.kind != "f":
            return array
        wrong = [given[place] for place in np.flatnonzero(np.isinf(array)) if given[place] not in (np.inf, -np.inf)]
        if not wrong:
            return array
    type_text = "" if kind.kind == "U" else f" of the type {kind.name}"
    raise ValueError(f"{name!r} takes {TAKEN[kind.kind]}{type_text}, not {json.dumps(wrong[0])[:60]}.")
'''


def script(template: str, subject: Subject, **values: str) -> str:
    """The template with `$model` (the expression of the model's path), `$title`, `$imports`, `$refused`, `$listed`
    (rows by name in their order; the names of columns are checked), `$underlined` (names as LightGBM keeps them),
    `$exactly` (values without silent casts; it needs json, and numpy as np) and `values`.
    """
    return Template(template).substitute(
        title=re.sub(r'[\\\\"\n\r]', "_", subject.title if subject.registered else subject.path),
        model=model_path(subject),
        imports=_IMPORTS.rstrip("\n"),
        refused=_REFUSED.rstrip("\n"),
        listed=_LISTED.rstrip("\n"),
        underlined=_UNDERLINED.rstrip("\n"),
        exactly=_EXACTLY.rstrip("\n"),
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
