"""Downloads, installations and waits of a script."""

from __future__ import annotations

import ast
import re

from scoredock import l10n
from scoredock.analysis.finding import Finding, Severity
from scoredock.checks.environment import service_use_rules as rules
from scoredock.checks.environment.missing_packages import is_missing
from scoredock.checks.script.import_statement import Import
from scoredock.checks.script.qualified import argument, text_of
from scoredock.checks.script.scope import Scope
from scoredock.checks.script.script import ParsedScript
from scoredock.checks.script.walk_result import IMPORT_CAUGHT, IN_IF, IN_LOOP, IN_TRY, MAIN_ONLY
from scoredock.text import Fix

_FETCHES = frozenset(
    (
        "urllib.request.urlopen",
        "urllib.request.urlretrieve",
        "wget.download",
        "nltk.download",
        "gdown.download",
        "torch.hub.load",
        "torch.hub.download_url_to_file",
        "torch.hub.load_state_dict_from_url",
        "huggingface_hub.snapshot_download",
        "huggingface_hub.hf_hub_download",
        "spacy.cli.download",
        "tensorflow_hub.load",
        "gensim.downloader.load",
        "requests.get",
        "requests.post",
        "requests.request",
        "tensorflow.keras.utils.get_file",
        "keras.utils.get_file",
    )
)
_REQUESTS = frozenset(
    f"requests.{verb}" for verb in ("get", "post", "put", "patch", "delete", "head", "options", "request")
)
_REMOTE = re.compile(
    r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*|(?:(?:distil)?(?:bert-(?:base|large)|roberta-(?:base|large)|gpt2)|distilbert-base"
    r"|camembert-|albert-|t5-|xlm-|xlnet-|openai-gpt|all-(?:MiniLM|mpnet)|paraphrase-|multi-qa-)[\w.-]*"
)
"""`owner/name`, or one of the few models that Hugging Face has without an owner; all else may be a folder."""
_FOLDERS = re.compile(
    r"(?:\w+[-_])?(?:models?|outputs?|checkpoints?|artifacts?|data|assets|weights|tokenizers?|results?|trained\w*|saved\w*"
    r"|downloads?|files|src|tmp|resources?|mnt|home|opt)(?:[-_]\w+)?(?:/.*)?",
    re.IGNORECASE,
)
"""What people call the folders that they keep models in."""
_OF_HUGGING_FACE = {
    "transformers.pipeline": (1, "model"),
    "sentence_transformers.SentenceTransformer": (0, "model_name_or_path"),
    "sentence_transformers.CrossEncoder": (0, "model_name"),
}
_PRETRAINED = (0, "pretrained_model_name_or_path")
_RUNNERS = (
    "subprocess.run",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.Popen",
    "os.system",
    "os.popen",
)
_PIP = ("pip.main", "pip._internal.main")
_INSTALL = re.compile(r"(?:^|[\s/])(pip3?|conda|apt-get|apt|uv pip)\s+(?:-\S+\s+)*install\b")


def check_network(script: ParsedScript) -> list[Finding]:
    """Findings about fetching, installing and waiting."""
    findings = []
    fetches: dict[str, Finding] = {}
    for call, scope, flags, name in script.named_calls:
        if flags & MAIN_ONLY:
            continue
        if name in _REQUESTS and scope.entry_function == "run":
            findings += _check_timeout(script, call, name)
        if name in _FETCHES or _names_model(name) is not None:
            for each in _check_fetch(script, call, scope, flags, name):
                fetches.setdefault(_source_of(call, scope, name), each)
        elif name in (*_RUNNERS, *_PIP) and flags & IMPORT_CAUGHT and _is_for_absent(script, call, scope):
            continue
        elif name in _RUNNERS:
            findings += _check_install(script, call, scope)
        elif name in _PIP:
            findings.append(rules.INSTALLS.finding(script.range(call.func), tool="pip"))
        elif name == "time.sleep" and scope.entry_function == "run" and not flags & (IN_IF | IN_TRY | IN_LOOP):
            findings.append(rules.SLEEPS.finding(script.range(call), fixes=_without(script, call), call="time.sleep()"))
    return findings + list(fetches.values())


def _source_of(call: ast.Call, scope: Scope, name: str) -> str:
    """Source of a download, for which it is reported once: what is done about the first of them is done about all."""
    place = _names_model(name)
    return text_of(argument(call, *place), scope) or "" if place is not None else name


def _names_model(name: str) -> tuple[int, str] | None:
    """Which argument of a call names a model of Hugging Face."""
    return _PRETRAINED if name.endswith(".from_pretrained") else _OF_HUGGING_FACE.get(name)


def _check_timeout(script: ParsedScript, call: ast.Call, name: str) -> list[Finding]:
    keywords = {keyword.arg for keyword in call.keywords}
    if "timeout" in keywords or None in keywords:
        return []
    end = script.lines.offset(script.range(call).end) - 1
    begin = script.lines.offset(script.range(call.func).end)
    written = script.text[begin:end].rstrip()
    comma = "" if written.endswith("(") else " " if written.endswith(",") else ", "
    place = begin + len(written)
    fix = Fix(
        l10n.t("Add a timeout of 10 seconds"), (script.lines.edit(place, place, f"{comma}timeout=10"),), preferred=True
    )
    return [rules.NO_TIMEOUT.finding(script.range(call.func), fixes=(fix,), call=f"{name}()")]


def _starts(script: ParsedScript, scope: Scope) -> bool:
    """True if the code runs when the service starts: of the module, of init(), or of a function or a constructor that
    one of these calls in any case."""
    function = scope.function()
    if function is None or scope.entry_function == "init":
        return True
    target = function.parent if function.name == "__init__" else function
    if target is None or target.parent is not script.walk.module:
        return False
    calls = script.plain_calls.get(target.name, ())
    callers = [each for _, each, flags in calls if not flags & (IN_IF | MAIN_ONLY)]
    return any(each.function() is None or each.entry_function == "init" for each in callers)


def _check_fetch(script: ParsedScript, call: ast.Call, scope: Scope, flags: int, name: str) -> list[Finding]:
    if not _starts(script, scope) or flags & IN_IF:
        return []
    severity: Severity = "warning"
    hint = ""
    place = _names_model(name)
    if place is not None:
        text = text_of(argument(call, *place), scope)
        local = any(k.arg == "local_files_only" for k in call.keywords)
        if text is None or local or not _REMOTE.fullmatch(text) or _FOLDERS.fullmatch(text) or _lies_here(script, text):
            return []
        hint = l10n.t(": “{name}” is a name on the Hugging Face Hub", name=text)
    elif name == "torch.hub.load":
        source = argument(call, 99, "source")
        if isinstance(source, ast.Constant) and source.value == "local":
            return []
    elif name.startswith(("requests.", "urllib.")):
        severity = "information"  # it may be a look at a neighbour that belongs to the service
    return [rules.DOWNLOADS.finding(script.range(call.func), severity=severity, call=_shown(script, call), hint=hint)]


def _lies_here(script: ParsedScript, text: str) -> bool:
    folder = script.facts.path.rpartition("/")[0]
    return bool(folder) and script.facts.exists(f"{folder}/{text}")


def _shown(script: ParsedScript, call: ast.Call) -> str:
    return f"{script.source(call.func)[:60]}()"


def _is_for_absent(script: ParsedScript, call: ast.Call, scope: Scope) -> bool:
    """True if it runs only where an import fails, and nothing that is imported there is surely absent."""
    blocks = [each for each in ast.walk(script.tree) if isinstance(each, ast.Try)]
    block = next((b for b in blocks if any(each is call for h in b.handlers for each in ast.walk(h))), None)
    for each in block.body if block is not None else [call]:
        if not isinstance(each, ast.Import | ast.ImportFrom):
            return False
        names = [getattr(each, "module", None) or alias.name for alias in each.names]
        if any(is_missing(script, Import(each, each.names[0], scope, name, name)) for name in names):
            return False
    return True


def _check_install(script: ParsedScript, call: ast.Call, scope: Scope) -> list[Finding]:
    node = call.args[0] if call.args else None
    words = ""
    if isinstance(node, ast.List | ast.Tuple):
        words = " ".join(text_of(each, scope) or "-" for each in node.elts)
    elif node is not None:
        words = text_of(node, scope) or ""
        if not words and isinstance(node, ast.JoinedStr):
            words = "".join(
                v.value if isinstance(v, ast.Constant) and isinstance(v.value, str) else " " for v in node.values
            )
    match = _INSTALL.search(words)
    if match is None:
        return []
    return [rules.INSTALLS.finding(script.range(call.func), tool=match.group(1))]


def _without(script: ParsedScript, call: ast.Call) -> tuple[Fix, ...]:
    """Take out a call that is a statement of its own."""
    fix = remove_statement(script, call, l10n.t("Remove the wait"))
    return (fix,) if fix is not None else ()


def remove_statement(script: ParsedScript, call: ast.Call, title: str) -> Fix | None:
    """Take the whole line of a call that stands alone; `pass` takes its place, where the block would be empty."""
    span = script.range(call)
    lines = script.lines
    line, last = lines.line(span.start.line), lines.line(span.end.line)
    if line[: span.start.character].strip() or last[span.end.character :].strip():
        return None
    for scope in script.walk.scopes:
        body = getattr(scope.node, "body", None)
        if isinstance(body, list) and len(body) > 1 and any(getattr(s, "value", None) is call for s in body):
            start = lines.starts[span.start.line]
            stop = lines.starts[span.end.line + 1] if span.end.line + 1 < len(lines.starts) else len(script.text)
            return Fix(title, (lines.edit(start, stop, ""),), preferred=True)
    return Fix(title, (script.replace(call, "pass"),), preferred=True)
