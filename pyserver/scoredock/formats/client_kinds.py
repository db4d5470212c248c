"""Scripts, notebooks and command files that deploy or call services, distinguished by name and content."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scoredock.formats.signs import AZ_ML, PIPELINE, SDK, SHELL

_LOOK = 100_000
_V2 = re.compile(r"^[ \t]*(?:from|import)[ \t]+azure\.ai\.ml\b", re.MULTILINE)
_REQUESTS = re.compile(r"\brequests?\.(?:post|request|Session)\(")
_SERVICE = re.compile(
    r"scoring_?ur[il]|(?:localhost|127\.0\.0\.1|0\.0\.0\.0)[:\d]*/score\b|azurecontainer\.io|azmk8s|inference\.ml\.azure\.com",
    re.IGNORECASE,
)
_NOTEBOOK = re.compile(
    r"azureml|azure\.ai\.ml|\baz ml"
    r" |%%writefile|scoring_?ur|inference_schema|/score\b|(?:Aks|Aci|Local)Webservice|ContainerImage"
    r"|Model\.(?:deploy|register|package|profile)\b|\bModel\(ws|register_model|containerRegistry|\brequests?\.post\(|get_keys\("
    r"|deploy_configuration|\.add_tags\("
)
_AZURE_NOTEBOOK = re.compile(
    r"azureml|azure\.ai\.ml|\baz ml |scoring_?ur|inference_schema|(?:Aks|Aci|Local)Webservice|ContainerImage"
    r"|Model\.(?:deploy|register|package|profile)\b|\bdef init\(\)"
)
_TEST = re.compile(r"(?:test_.*|.*_tests?|tests?|conftest)\.py$")
_TESTS = re.compile(
    r"^[ \t]*(?:async[ \t]+)?def[ \t]+test|^class[ \t]+Test|^[ \t]*(?:from|import)[ \t]+(?:pytest|unittest)\b",
    re.MULTILINE,
)
_NEAR = 3
"""Folders around a file whose names say what it is for."""
_WRITTEN = re.compile(r"^[ \t]*%%writefile[ \t]+(?:-a[ \t]+|--append[ \t]+)?(\S+)", re.MULTILINE)
MAGIC_FILE = re.compile(
    r"^# MAGIC %%writefile[ \t]+(?P<target>\S+)[ \t]*\r?\n(?P<body>(?:# MAGIC[^\n]*(?:\n|\Z))+)", re.MULTILINE
)
"""A cell in the source of a notebook of Databricks, and the file that it writes."""
_LISTING = re.compile(r"\bfrom_pip_requirements[ \t]*\([^()]*\)?|\bpip_requirements_file(?:_path)?[ \t]*=[^,)\n]*")
_LIST = re.compile(r"[\"']((?:[\w.-]+/)*[\w.-]+\.(?:txt|in))\\?[\"']")
_FIRST_CELL = re.compile(r"\ufeff?\s*(?:#[^\n]*\n\s*)*%%writefile\b[^\n]*")
_CELL = re.compile(r"^(?:%%\w|# ?(?:%%|In ?\[|COMMAND -+|<codecell>))", re.MULTILINE)
"""Where a cell begins: by its magic, or by the comment with which it was exported."""


def is_sdk_script(text: str) -> bool:
    """True if a Python file deploys, registers or calls services from outside."""
    head = text[:_LOOK]
    if "azureml" in head and SDK.search(head):
        return not _only_logs(head)
    if "azure.ai.ml" in head and _V2.search(head):
        return True
    return _REQUESTS.search(head) is not None and _SERVICE.search(head) is not None


def is_run_script(text: str) -> bool:
    """True if a Python file is run as a job, and uses the SDK for no more than its own run."""
    head = text[:_LOOK]
    return "azureml" in head and SDK.search(head) is not None and _only_logs(head)


def sdk_import(text: str) -> int | None:
    """Offset where the text of a script or cell first imports the SDK; None where it does not, or only to log a run."""
    head = text[:_LOOK]
    found = SDK.search(head)
    if found is None or _only_logs(head):
        return None
    return found.end() - len(found[0].lstrip())


def _only_logs(head: str) -> bool:
    """True if a training script asks for its own run and nothing else."""
    imports = [line for line in head.splitlines() if SDK.match(line)]
    return (
        "get_context" in head
        and "register_model" not in head
        and all(re.match(r"\s*from azureml\.core(?:\.run)? import Run\s*(?:#.*)?$", line) for line in imports)
    )


def is_pasted(name: str, text: str) -> bool:
    """True if a Python file holds cells of a notebook, one of which writes a script, and is not that script itself:
    this begins with the line that wrote it, under the name that stands there, and no other cell follows."""
    head = text[:_LOOK]
    written = _WRITTEN.search(head) if "%%writefile" in head else None
    if written is None:
        return False
    first = _FIRST_CELL.match(head)
    target = re.split(r"[\\/]", written[1].strip("\"'"))[-1].lower()
    own = target == re.split(r"[\\/]", name.lower())[-1] or target.startswith(("$", "{"))
    return first is None or not own or _CELL.search(head, first.end()) is not None


def requirement_files(text: str) -> Iterator[str]:
    """The lists of packages that a script or notebook names as that, without the dots before them."""
    for call in _LISTING.finditer(text) if "pip_requirements" in text else ():
        for name in _LIST.findall(call.group()):
            yield re.sub(r"^(?:\.{1,2}/)+", "", name)


def has_cells(text: str) -> bool:
    """True if a script is run cell by cell, where commands of a notebook do their work."""
    return _CELL.search(text[:_LOOK]) is not None


def is_test(path: str) -> bool:
    """True if a Python file holds tests, by the names that pytest and unittest look for: what it calls is made up."""
    *folders, name = re.split(r"[\\/]", path.lower())
    return bool(_TEST.match(name)) or any(folder in ("test", "tests") for folder in folders[-_NEAR:])


def has_tests(name: str, text: str) -> bool:
    """True if a Python file is one of tests by its name and by what is in it, whatever script it is about."""
    return bool(_TEST.match(name)) and bool(_TESTS.search(text[:_LOOK]))


def is_notebook(name: str, text: str) -> bool:
    """True if a file is a notebook that has to do with models and services."""
    return name.endswith(".ipynb") and bool(_NOTEBOOK.search(text))


def is_azure_notebook(text: str) -> bool:
    """True if a notebook is for models and services, and does not only write files or call some address."""
    return bool(_AZURE_NOTEBOOK.search(text))


def is_shell(name: str, text: str) -> bool:
    """True if a file is a shell script with `az ml` lines."""
    return name.endswith(SHELL) and bool(AZ_ML.search(text[:_LOOK]))


def is_pipeline(text: str) -> bool:
    """True if a YAML text is a pipeline or workflow with `az ml` lines."""
    head = text[:_LOOK]
    return bool(AZ_ML.search(head)) and bool(PIPELINE.search(head))
