"""Programs around a script: who sends it what, which packages it gets, and who registers its model."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.analysis.paths import folder_above, folder_of, names_in
from scoredock.checks.absent_files import pipelines

_MOST = 40
"""Programs of a folder that are looked into."""
_TO_SERVICE = re.compile(r"/score\b|scoring_uri|\.run\([ \t]*(?:input_data|json\.dumps|\w+[ \t]*\))")
_KEY = re.compile(r"[\"']data\\?[\"'][ \t]*[:\]]")
_ARRAY = r"\[|[^\n#]*\.tolist\(\)[ \t]*\)?[ \t]*(?:#[^\n]*)?$"
_MOST_FOLDERS = 20
_OF_FIRST_SERVICE = re.compile(
    r"\b(?:azureml\.(?:api\.(?:realtime|schema)|datacollector|webservice_schema)|azure\.ml\.api\.realtime)\b"
)
SCHEMA_OF_FIRST_SERVICE = "service_schema.json"
_CONFIGURATIONS = "aml_config"
OF_WORKBENCH = ".compute"
"""The end of the names of files that only the Workbench kept in `aml_config`."""
_AROUND = (".py", ".ipynb", ".sh")
_REGISTERS = re.compile(
    r"Model\.register\b|register_model[ \t]*\(|registered_model_name[ \t]*=|models\.create_or_update\b"
    r"|az[ \t]+ml[ \t]+model[ \t]+(?:register|create)\b"
)
"""In a notebook as it is saved, too, where a line may begin behind the letter n."""
_WRITTEN_NAME = re.compile(r"name[ \t]*=[ \t]*\\?[\"'][\w.-]|(?:--name|-n)[ \t=]+[\"']?[\w.-]")
_NAME = re.compile(r"[\w.-]+")
_FOLDER = re.compile(r"\bpath[ \t]*=[ \t]*[rf]?\\?[\"'](?![^\"'\n]*\.\w{1,8}\\?[\"'])")
"""A path that is written out and has no suffix."""
_SENT = re.compile(r"json\.dumps\([ \t]*(?:(?P<array>\[|[^\n{}#]*\.tolist\(\))|(?P<name>\w+)[ \t]*\))")


def sends_array(facts: Facts) -> bool:
    """True if clients beside a script send it arrays, and none an object with the key data."""
    clients = [text for _, text in _programs(facts) if _TO_SERVICE.search(text)]
    return any(map(_dumps_array, clients)) and not any(map(_KEY.search, clients))


def _dumps_array(text: str) -> bool:
    for sent in _SENT.finditer(text):
        made = rf"^[ \t]*{sent['name']}[ \t]*=[ \t]*(?:{_ARRAY})"
        if sent["array"] or re.search(made, text, re.MULTILINE):
            return True
    return False


def is_pinned_beside(pin: re.Pattern[str], facts: Facts) -> bool:
    """True if a program beside a script names the script and the release of a package."""
    return any(pin.search(text) for text in _naming(facts))


def is_of_first_service(text: str) -> bool:
    """True if a script or a program has what only the first services had: their schemas and their collector."""
    return _OF_FIRST_SERVICE.search(text) is not None


def has_schema_of_first_service(text: str, facts: Facts) -> bool:
    """True if run() of a script may get what a schema of the first services describes, which lies beside it, or which
    it or a program around it makes."""
    return is_of_first_service(text) or _has_schema(facts, _names_around(facts))


def has_models_beside(text: str, facts: Facts) -> bool:
    """True if a script was written for the first services, which laid its models and itself into one folder and ran it
    there: it has their schema, or lies in a project of the Workbench."""
    if is_of_first_service(text):
        return True
    around = _names_around(facts)
    return _has_schema(facts, around) or any(
        name.endswith(OF_WORKBENCH)
        for folder, names in around.items()
        if _CONFIGURATIONS in names
        for name in names_in(facts, posixpath.join(folder, _CONFIGURATIONS))
    )


def _has_schema(facts: Facts, around: Mapping[str, Sequence[str]]) -> bool:
    return SCHEMA_OF_FIRST_SERVICE in next(iter(around.values()), ()) or _is_described(facts, around)


def _is_described(facts: Facts, around: Mapping[str, Sequence[str]]) -> bool:
    """True if a program beside a script or in the folder above says its name and makes a schema of the first
    service."""
    name = re.compile(rf"(?<![\w-]){re.escape(posixpath.splitext(posixpath.basename(facts.path))[0])}(?![\w-])")
    own = facts.path.replace("\\", "/")
    paths = chain.from_iterable(_programs_of(folder, names) for folder, names in around.items())
    texts = (facts.read(path) or "" for path in paths if path != own)
    return any(is_of_first_service(text) and name.search(text) for text in texts)


def named_with(names: list[str], facts: Facts) -> list[str]:
    """Names of the files beside a script that a program there names as it names the script."""
    texts = list(_naming(facts))
    return [name for name in names if any(_named(name).search(text) for text in texts)]


def _naming(facts: Facts) -> Iterator[str]:
    """The programs beside a script that name it."""
    own = _named(posixpath.basename(facts.path))
    return (text for _, text in _programs(facts) if own.search(text))


def _named(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])")


def do_without(package: str, part: re.Pattern[str], facts: Facts) -> bool:
    """True if programs beside a list of packages import one of them, and none the part of it that is meant."""
    using = [text for _, text in _programs(facts) if package in text]
    return bool(using) and not any(map(part.search, using))


def may_be_called(function: str, facts: Facts) -> bool:
    """True if the entry script that imports a module, or a module beside that the script names, has the name of a
    function of it."""
    script = (facts.read(facts.imported_by) or "") if facts.imported_by else ""
    named = re.compile(rf"\b{re.escape(function)}\b")
    modules = (text for stem, text in _programs(facts) if re.search(rf"\b{re.escape(stem)}\b", script))
    return any(map(named.search, (script, *modules)))


def registers_models(facts: Facts, name: str = "", *, is_certain: bool = False) -> bool:
    """True if a program or pipeline around a script registers models, or one of this name, so that they need not be
    there yet. Where that is to be certain, a folder beside counts only in one repository with that of the script."""
    around = _names_around(facts)
    all_count = not is_certain or _is_in_repository(next(reversed(around), ""), facts)
    texts = (facts.read(path) or "" for path in paths_around(facts) if all_count or folder_of(path) in around)
    written = re.compile(rf"(?<![\w./-]){re.escape(name)}(?![\w./-])")
    return any(
        _REGISTERS.search(text) and (not name or written.search(text)) for text in chain(texts, pipelines(facts))
    )


def registers_another(facts: Facts, name: str, names: Iterable[str]) -> bool:
    """True if what registers models around a script is programs of azure-ai-ml, whose deployments have one model, that
    write out a file of `names`, no folder and not the file `name`."""
    programs = (facts.read(path) or "" for path in paths_around(facts))
    texts = [text for text in chain(programs, pipelines(facts)) if _REGISTERS.search(text)]
    written = re.compile(rf"[\"'/](?:{'|'.join(map(re.escape, names))})\\?[\"']")
    return any(map(written.search, texts)) and all(
        "azure.ai.ml" in text and "azureml.core" not in text and name not in text and not _FOLDER.search(text)
        for text in texts
    )


def own_models(facts: Facts) -> Sequence[ModelFacts]:
    """The models at hand; where nobody knows which are deployed, and programs around a script register some by names
    that they write out, those only: another project may have a model with a file of the same name."""
    if not facts.models_at_hand or facts.deployed_models is not None:
        return facts.models_at_hand
    texts = (facts.read(path) or "" for path in paths_around(facts))
    programs = "\n".join(text for text in chain(texts, pipelines(facts)) if _REGISTERS.search(text))
    words = set(_NAME.findall(programs)) if _WRITTEN_NAME.search(programs) else None
    return [model for model in facts.models_at_hand if words is None or model.name in words]


def _is_in_repository(folder: str, facts: Facts) -> bool:
    while folder_of(folder) != folder and folder_above(folder, facts):
        folder = folder_of(folder)
    return folder_of(folder) != folder


def is_deployed_by_v2(facts: Facts) -> bool:
    """True if programs around a script deploy it with azure-ai-ml, and none does with the SDK v1."""
    name = _named(posixpath.basename(facts.path))
    texts = [text for path in paths_around(facts) if name.search(text := facts.read(path) or "")]
    return any("scoring_script" in text and "azure.ai.ml" in text for text in texts) and not any(
        "entry_script" in text and "azureml.core" in text for text in texts
    )


def runs_in_spark(facts: Facts) -> bool:
    """True if a program around a script, or what it makes of the script, runs it in an image with Spark."""
    name = _named(posixpath.basename(facts.path))
    texts = (facts.read(path) or "" for path in paths_around(facts))
    return any("spark-py" in text and name.search(text) for text in texts)


def paths_around(facts: Facts) -> Iterator[str]:
    """Programs in the folder of a document, in the one above it and in those beside."""
    around = _names_around(facts)
    above, names = next(reversed(around.items()), ("", ()))
    beside = [posixpath.join(above, name) for name in names if "." not in name][:_MOST_FOLDERS]
    folders = dict.fromkeys((*around, *beside))
    return chain.from_iterable(_programs_of(each, around.get(each) or names_in(facts, each)) for each in folders)


def _names_around(facts: Facts) -> dict[str, Sequence[str]]:
    """The folder of a document and the one above it, with what they hold; nothing for a document without a path."""
    if not facts.path:
        return {}
    own = folder_of(facts.path)
    return {folder: names_in(facts, folder) for folder in dict.fromkeys((own, folder_above(own, facts)))}


def _programs_of(folder: str, names: Sequence[str]) -> list[str]:
    return [posixpath.join(folder, each) for each in sorted(names) if each.endswith(_AROUND)][:_MOST]


def _programs(facts: Facts) -> Iterator[tuple[str, str]]:
    """Name without suffix, and code, of the other programs in the folder of a document."""
    if not facts.path:
        return
    folder, own = folder_of(facts.path), posixpath.basename(facts.path)
    names = [name for name in sorted(names_in(facts, folder)) if name.endswith((".py", ".ipynb")) and name != own]
    for name in names[:_MOST]:
        stem, suffix = posixpath.splitext(name)
        text = facts.read(posixpath.join(folder, name)) or ""
        yield stem, cell_code(text) if suffix == ".ipynb" else text


def cell_code(text: str) -> str:
    """The code of a notebook's cells, one after the other; empty for what is none."""
    try:
        cells = json.loads(text)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        return "\n".join("".join(source) for source in sources)
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
