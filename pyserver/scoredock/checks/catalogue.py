"""Every rule of Scoredock, and the pages that explain them."""

from __future__ import annotations

from scoredock.checks import entry_rules, model_rules, request_rules
from scoredock.configs import deployment_rules, environment_rules, inference_rules
from scoredock.configs.rule import Rule, World

GROUPS: tuple[tuple[str, tuple[Rule, ...]], ...] = (
    ("Entry script", (*entry_rules.RULES[:-1], *request_rules.RULES, entry_rules.TOO_COMPLEX)),
    ("Inference configuration", inference_rules.RULES),
    ("Deployment configuration", deployment_rules.RULES),
    ("Environments and workspace files", environment_rules.RULES),
    ("Models and paths", model_rules.RULES),
)
RULES: tuple[Rule, ...] = tuple(rule for _, group in GROUPS for rule in group)
_BY_CODE = {rule.code: rule for rule in RULES}


def rule(code: str) -> Rule:
    """The rule of a code, in any case of letters. Raises KeyError when there is none."""
    return _BY_CODE[code.strip().upper()]


def explain(code: str) -> str:
    """The page of a rule as markdown. Raises KeyError when there is none."""
    found = rule(code)
    language = (
        "python"
        if found.world.path.endswith(".py")
        else "yaml"
        if found.world.path.endswith((".yml", ".yaml"))
        else "json"
    )
    parts = [
        f"# {found.code}: {found.title}",
        f"Severity: {found.severity}. {'The editor offers a fix.' if found.fixable else 'There is no automatic fix.'}",
        f"> {found.message.format_map(_Placeholders())}",
        found.why,
        f"## What to do\n\n{found.fix}",
        f"## Wrong\n\n{_surroundings(found.world)}{_fenced(found.bad, language, found.world)}",
        f"## Right\n\n{_fenced(found.good, language, found.world, good=True)}",
    ]
    if not found.world.path.endswith(".json"):
        parts.append(f"## To keep it all the same\n\nEnd the line with `# scoredock: ignore[{found.code}]`.")
    parts.append(f"Source: {found.source}.")
    return "\n\n".join(parts) + "\n"


class _Placeholders(dict[str, str]):
    """Shows the words of a template as they are called."""

    def __missing__(self, key: str) -> str:
        return "" if key in ("hint", "where", "reason", "since", "beside") else f"<{key}>"


def _fenced(text: str, language: str, world: World, *, good: bool = False) -> str:
    name = world.path
    if good and name == "my-score.py":
        name = "score.py"
    shown = "\n".join(line if len(line) <= 160 else f"{line[:60]} …" for line in text.rstrip().splitlines())
    return f"`{name}`\n\n```{language}\n{shown}\n```"


def _surroundings(world: World) -> str:
    facts = [f"the project holds {', '.join(f'`{name}`' for name in world.files)}"] if world.files else []
    facts += [
        f"the model `{m.name}:{m.version}` holds {', '.join(f'`{name}`' for name in m.files)}" for m in world.models
    ]
    return f"Where {' and '.join(facts)}:\n\n" if facts else ""


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
        lines += [f"## {title}", "", "| code | what | severity | fix |", "|---|---|---|---|"]
        lines += [
            f"| [{r.code}]({r.code}.md) | {r.title} | {r.severity} | {'yes' if r.fixable else ''} |" for r in group
        ]
        lines.append("")
    result["README.md"] = "\n".join(lines)
    return result
