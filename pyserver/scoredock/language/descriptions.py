"""Descriptions of keys, models, environments, packages and rules, as markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from urllib.parse import quote

from scoredock import l10n
from scoredock.analysis.facts import Facts, ModelFacts
from scoredock.analysis.rule import listed
from scoredock.formats.fields import Field, Kind, within
from scoredock.formats.service_python import OLDEST

_MOST_FILES = 20
_MOST_TAGS = 12
_MOST_RULES = 15
_CODE_LENGTH = 5
_COMMAND_LINK = re.compile(r"(?: · )?\[[^\]\n]*\]\(command:[^)\n]*\)")


def link(title: str, command: str, *arguments: str) -> str:
    """A link that runs a command of the editor."""
    return f"[{title}]({command_uri(command, *arguments)})"


def command_uri(command: str, *arguments: str) -> str:
    """The address that runs a command of the editor."""
    return f"command:{command}?{quote(json.dumps(list(arguments)))}"


def without_commands(markdown: str) -> str:
    """A description for an editor that does not have the commands: without the links that run one."""
    return _COMMAND_LINK.sub("", markdown).rstrip()


def plain(text: str) -> str:
    """A text that markdown shows as it is."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|<>~&$" else c for c in text.replace("\n", " "))


def code(text: str) -> str:
    """A text in the letters of code."""
    return f"`{text}`" if "`" not in text and "\n" not in text else plain(text)


def field_described(field: Field) -> str:
    """A key: meaning, choices, range, default, who reads it, its name in v2."""
    lines = [f"**{field.name}** · {_in_words(field.kind)}", "", field.meaning, ""]
    if field.choices:
        choices = listed(f"`{c}`" for c in field.choices)
        lines.append(f"- {l10n.t('One of: {choices}', choices=choices)}")
    span = range_told(field)
    if span:
        lines.append(f"- {l10n.t('Range: {span}', span=span)}")
    if field.default:
        lines.append(f"- {l10n.t('When absent: {default}', default=l10n.t(field.default))}")
    if field.targets:
        targets = listed(sorted(field.targets))
        lines.append(f"- {l10n.t('Read for: {targets}', targets=targets)}")
    if field.v2:
        lines.append(f"- {l10n.t('In Azure ML v2: {field}', field=l10n.t(field.v2))}")
    return "\n".join(lines).rstrip()


def _in_words(kind: Kind) -> str:
    """Kind of the values of a key, in words."""
    return {
        "text": l10n.t("text"),
        "boolean": l10n.t("true or false"),
        "integer": l10n.t("whole number"),
        "number": l10n.t("number"),
        "object": l10n.t("object"),
        "list": l10n.t("list"),
        "map": l10n.t("object of texts"),
        "any": l10n.t("any value"),
    }[kind]


def range_told(field: Field) -> str:
    """The numbers a key takes, in words; empty where there is no limit."""
    most = f"{field.most:g}" if field.most is not None else ""
    if field.above is not None:
        above = f"{field.above:g}"
        if most:
            return l10n.t("greater than {least}, up to {most}", least=above, most=most)
        return l10n.t("greater than {least}", least=above)
    return within(field.least, field.most)


def tree(paths: Sequence[str]) -> str:
    """Files of a model or of the folder of models."""
    shown = "\n".join(path.replace("`", "'") for path in sorted(paths)[:_MOST_FILES])
    more = f"\n{l10n.t('… and {count} more', count=len(paths) - _MOST_FILES)}" if len(paths) > _MOST_FILES else ""
    return f"```text\n{shown}{more}\n```"


def model_described(name: str, version: int | None, facts: Facts) -> str:
    """A registered model: versions, files, framework, tags, who uses it; empty when there is none."""
    versions: Sequence[ModelFacts] = (facts.models or {}).get(name, ())
    if not versions:
        return ""
    meant = next((m for m in versions if m.version == version), None)
    if version is not None and meant is None:
        return ""
    model = meant or versions[-1]
    newest = versions[-1].version
    count = (
        l10n.t("{count} versions, newest {newest}", count=len(versions), newest=newest)
        if len(versions) > 1
        else l10n.t("1 version, {newest}", newest=newest)
    )
    title = f"**{plain(name)}**"
    if version is not None:
        title = l10n.t("{name} version {version}", name=title, version=version)
    lines = [f"{title} · {count}", ""]
    framework = f"{model.framework} {model.framework_version}".strip()
    if framework:
        lines.append(l10n.t("- Framework: {framework}", framework=plain(framework)))
    if model.tags:
        tags = ", ".join(f"{plain(k)} = {plain(v)}" for k, v in model.tags[:_MOST_TAGS])
        lines.append(l10n.t("- Tags: {tags}", tags=f"{tags} …" if len(model.tags) > _MOST_TAGS else tags))
    if model.used_by:
        lines.append(l10n.t("- Used by: {services}", services=", ".join(plain(s) for s in model.used_by[:_MOST_TAGS])))
    lines += ["", tree(model.files), "", link(l10n.t("Show details"), "scoredock.showModel", f"{name}:{model.version}")]
    return "\n".join(lines)


def environment_described(name: str, version: str, facts: Facts) -> str:
    """A registered or curated environment; empty when there is none."""
    versions = (facts.environments or {}).get(name)
    if versions is None:
        return ""
    if not versions:
        return l10n.t("**{name}** · curated environment, known to Scoredock in every version", name=plain(name))
    text = ", ".join(map(str, versions[-8:]))
    lacking = version.isdecimal() and int(version) not in versions
    shown = (
        l10n.t("**{name}** · registered environment, versions {versions}", name=plain(name), versions=text)
        if len(versions) > 1
        else l10n.t("**{name}** · registered environment, version {version}", name=plain(name), version=text)
    )
    return f"{shown}\n\n{l10n.t('There is no version {version}.', version=version)}" if lacking else shown


def package_described(name: str) -> str:
    """Sentence about how Scoredock treats a package; empty when there is nothing special to say."""
    # Not before somebody asks: what builds environments takes its time to import.
    from packaging.utils import canonicalize_name

    from scoredock.environments.packages import BUNDLED, CONDA_ONLY, CONDA_TO_PIP, PROVIDED
    from scoredock.language.completions.packages import PACKAGES

    key = canonicalize_name(name.split("[")[0])
    if key == "python":
        return l10n.t(
            "**python** · the interpreter of the service\n\nScoredock uses an interpreter of this version on this"
            " machine; for a container, that of an image. Before Python {version} the script runs in a process of its"
            " own.",
            version=".".join(map(str, OLDEST)),
        )
    meaning = next((sentence for known, sentence in PACKAGES.items() if known.split("[")[0] == key), "")
    meaning = re.split("[;\uff1b] ?Scoredock", l10n.t(meaning))[0]
    if key in PROVIDED:
        does = l10n.t(
            "Scoredock's runtime has its own stand-in for it, so nothing is installed unless the "
            "real package is asked for."
        )
    elif key in CONDA_ONLY:
        does = l10n.t(
            "A program or system library that no pip package brings: Scoredock installs it only where conda is used."
        )
    elif key in BUNDLED:
        does = l10n.t("Comes with Python or inside the wheels of other packages: Scoredock installs nothing for it.")
    elif CONDA_TO_PIP.get(key):
        does = l10n.t("The conda name; Scoredock installs `{package}` from the pip index.", package=CONDA_TO_PIP[key])
    elif meaning:
        does = l10n.t("Installed as it is.")
    else:
        return ""
    return f"**{plain(name)}**{f' · {meaning}' if meaning else ''}\n\n{does}"


def rule_described(code: str) -> str:
    """A rule, or all whose codes begin so: what it says and why; empty when there is none."""
    from scoredock.checks.catalogue import RULES, in_short

    code = code.upper()
    rules = [rule for rule in RULES if rule.code.startswith(code)]
    if not rules:
        return ""
    if len(code) < _CODE_LENGTH:
        shown = "\n".join(f"- {rule.code}: {l10n.t(rule.page.title)}" for rule in rules[:_MOST_RULES])
        head = l10n.t("**{code}** · {count} rules", code=code, count=len(rules))
        return f"{head}\n\n{shown}" + ("\n- …" if len(rules) > _MOST_RULES else "")
    found = rules[0]
    return f"{in_short(found.code)}\n\n{link(l10n.t('Explain'), 'scoredock.explainRule', found.code)}"
