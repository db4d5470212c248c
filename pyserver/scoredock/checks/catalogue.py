"""Every rule of Scoredock, and the pages that explain them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scoredock import l10n
from scoredock.analysis.rule import Rule, World, listed
from scoredock.checks import configuration_secret_rules, encoding_rules, script_rules, suppression_rules, trying_rules
from scoredock.checks.configs import swagger_rules
from scoredock.checks.configs.deployment import rules as deployment_rules
from scoredock.checks.configs.environment import rules as environment_rules
from scoredock.checks.configs.inference import rules as inference_rules
from scoredock.checks.configs.v2 import rules as v2_rules
from scoredock.checks.contributions import rule_groups

GROUPS: tuple[tuple[str, tuple[Rule, ...]], ...] = (
    ("Entry script", script_rules.SCRIPTS),
    ("Inference configuration", inference_rules.RULES),
    ("Deployment configuration", deployment_rules.RULES),
    ("Environments, workspace files and Swagger", (*environment_rules.RULES, *swagger_rules.RULES)),
    ("Models and paths", script_rules.MODELS),
    ("Azure ML v2", v2_rules.RULES),
    *rule_groups(),
    ("Comments and settings of the checks", suppression_rules.RULES),
    ("Encodings of files", encoding_rules.RULES),
    ("Secrets", configuration_secret_rules.RULES),
    ("Try it", trying_rules.RULES),
)
RULES: tuple[Rule, ...] = tuple(rule for _, group in GROUPS for rule in group)
_BY_CODE = {rule.code: rule for rule in RULES}
_UNREADABLE = frozenset(
    ("SD101", "SD102", "SD199", "SD201", "SD301", "SD401", "SD420", "SD450", "SD601", "SD801", "SD840", "SD904")
)

_LANGUAGES = {"py": "python", "yml": "yaml", "yaml": "yaml", "sh": "bash", "txt": "text", "toml": "toml"}


def rule(code: str) -> Rule:
    """The rule of a code, in any case of letters. Raises KeyError when there is none."""
    return _BY_CODE[code.strip().upper()]


def is_unreadable(code: str) -> bool:
    """True if a finding of that rule says that the file, or a part of it, could not be read: nobody knows what it
    means."""
    return code in _UNREADABLE


def explain(code: str) -> str:
    """The page of a rule as markdown, its why and its examples in English. Raises KeyError when there is none."""
    declared = rule(code)
    page = declared.page
    language = _LANGUAGES.get(declared.world.path.rsplit(".", 1)[-1], "json")
    parts = [
        f"# {declared.code}: {l10n.t(page.title)}",
        _kind(declared),
        f"> {_message(declared)}",
        *([l10n.t("The explanation below is in English.")] if _is_translated(declared) else []),
        page.why,
        f"## {l10n.t('What to do')}\n\n{l10n.t(page.fix)}",
        f"## {l10n.t('Wrong')}\n\n{_surroundings(declared.world)}{_fenced(page.bad, language, declared.world)}",
        f"## {l10n.t('Right')}\n\n{_fenced(page.good, language, declared.world, good=True)}",
    ]
    if not declared.world.path.endswith(".json"):
        keep = l10n.t("End the line with `{comment}`.", comment=f"# scoredock: ignore[{declared.code}]")
        parts.append(f"## {l10n.t('To suppress this finding')}\n\n{keep}")
    parts.append(l10n.t("Source: {source}.", source=page.source))
    return "\n\n".join(parts) + "\n"


def _is_translated(declared: Rule) -> bool:
    """True if what a rule says is in another language than its why."""
    return l10n.t(declared.page.fix) != declared.page.fix


def in_short(code: str) -> str:
    """Markdown of a rule for hovers: its title and why it matters, or in other languages than English, which have no
    why, its message and repair. Raises KeyError when there is none."""
    declared = rule(code)
    page = declared.page
    severity = {
        "error": l10n.t("error"),
        "warning": l10n.t("warning"),
        "information": l10n.t("information"),
        "hint": l10n.t("hint"),
    }[declared.severity]
    title = l10n.t("**{code}** · {title} ({severity})", code=declared.code, title=l10n.t(page.title), severity=severity)
    if not _is_translated(declared):
        return f"{title}\n\n{page.why}"
    return f"{title}\n\n{_message(declared)}\n\n{l10n.t(page.fix)}"


def _kind(declared: Rule) -> str:
    """How severe it is, whether it can be repaired, and what finds it."""
    severity = {
        "error": l10n.t("Severity: error."),
        "warning": l10n.t("Severity: warning."),
        "information": l10n.t("Severity: information."),
        "hint": l10n.t("Severity: hint."),
    }[declared.severity]
    repair = l10n.t("The editor offers a fix.") if declared.fixable else l10n.t("There is no automatic fix.")
    kind = l10n.t("{severity} {repair}", severity=severity, repair=repair)
    if not declared.runs:
        return kind
    return f"{kind}\n\n{l10n.t('Found only by running the script: `scoredock try`, or *Try It* in the editor.')}"


def _message(declared: Rule) -> str:
    """The sentence of a finding with the names of the words that fill it in, not as `<name>`: Markdown would take that
    for HTML. Ends of sentences that are not always there are left out."""
    left_out = dict.fromkeys(_OPTIONAL.findall(declared.page.message), "")
    return l10n.t(declared.page.message).format_map(_Words(left_out))


_OPTIONAL = re.compile(r"(?<![\s“(]){(hint|where|reason|since|beside)}")


class _Words(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"\u2039{key}\u203a"


def _fenced(text: str, language: str, world: World, *, good: bool = False) -> str:
    name = world.path
    if good and name == "my-score.py":
        name = "score.py"
    shown = "\n".join(line if len(line) <= 160 else f"{line[:60]} …" for line in text.rstrip().splitlines())
    return f"`{name}`\n\n```{language}\n{shown}\n```"


def _surroundings(world: World) -> str:
    facts = []
    if world.files:
        facts.append(l10n.t("the project holds {files}", files=_listed(world.files)))
    facts += [
        l10n.t("the model {model} holds {files}", model=f"`{m.name}:{m.version}`", files=_listed(m.files))
        for m in world.models
    ]
    if world.environment is not None and world.environment.installed is None:
        asked = world.environment
        python = f"Python {asked.python}" if asked.python else l10n.t("any Python")
        packages = _listed(f"{name}{version}" for name, version in asked.packages.items()) or l10n.t("no packages")
        facts.append(l10n.t("the environment asks for {python} and {packages}", python=python, packages=packages))
    if world.source_directory:
        facts.append(l10n.t("the source directory is {folder}", folder=f"`{world.source_directory}`"))
    shown = l10n.t(", and ").join(facts)
    return f"{l10n.t('Where {facts}:', facts=shown)}\n\n" if facts else ""


def _listed(names: Iterable[str]) -> str:
    return listed(f"`{name}`" for name in names)


def pages() -> dict[str, str]:
    """All pages of the documentation: file name to markdown, with `README.md` as the list."""
    result = {f"{r.code}.md": explain(r.code) for r in RULES}
    lines = [
        "# Rules",
        "",
        f"Scoredock has {len(RULES)} rules. `scoredock check --explain CODE` prints the same pages.",
        "",
    ]
    for title, group in GROUPS:
        if not group:
            continue
        lines += [f"## {title}", "", "| code | what | severity | fix |", "|---|---|---|---|"]
        lines += [
            f"| [{r.code}]({r.code}.md) | {r.page.title} | {r.severity} | {'yes' if r.fixable else ''} |" for r in group
        ]
        lines.append("")
    result["README.md"] = "\n".join(lines)
    return result
