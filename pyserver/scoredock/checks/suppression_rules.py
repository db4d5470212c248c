"""Rules about the comments and settings that steer the checks."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_PROJECT = World(path="pyproject.toml")
_OURS = "Scoredock's own settings, docs/checks.md"

UNUSED = Rule(
    code="SD901",
    severity="hint",
    title="Ignore comment that ignores nothing",
    message="{codes} is not found here, so there is nothing to ignore.",
    why="A comment that has outlived its finding hides the next one of its kind.",
    fix="Remove the comment, or the codes that are not found.",
    source=_OURS,
    fixable=True,
    tag="unnecessary",
)
UNKNOWN_CODE = Rule(
    code="SD902",
    severity="warning",
    title="Unknown rule in an ignore comment",
    message="“{code}” is not a rule{hint}.",
    why="A code that is misspelt ignores nothing, and the finding it was meant for stays.",
    fix="Write the code as the finding shows it, such as SD110, or its beginning, such as SD1.",
    source=_OURS,
    fixable=True,
)
NO_CODES = Rule(
    code="SD903",
    severity="warning",
    title="Ignore comment without rules",
    message="This comment names no rules, so it ignores nothing.",
    why="A comment that silences everything would also hide mistakes that are made later.",
    fix="Name the rules in brackets: `# scoredock: ignore[SD110]`.",
    source=_OURS,
    fixable=True,
)
PROJECT_UNREADABLE = Rule(
    code="SD904",
    severity="warning",
    title="Project settings cannot be read",
    message="The settings of [tool.scoredock] are ignored: {problem}.",
    why="A file that is no valid TOML says nothing at all, so the checks run as if it held no settings.",
    fix="Repair the place that is shown.",
    source="the TOML specification",
    world=_PROJECT,
)
PROJECT_KEY = Rule(
    code="SD905",
    severity="warning",
    title="Unknown key in the project settings",
    message="“{key}” is not a key of [tool.scoredock]{hint}.",
    why="A key that is misspelt changes nothing.",
    fix="Use ignore, select, severity, per-file-ignores, exclude, strict, environment or allow-env.",
    source=_OURS,
    world=_PROJECT,
    fixable=True,
)
PROJECT_CODE = Rule(
    code="SD906",
    severity="warning",
    title="Unknown rule in the project settings",
    message="“{code}” is not a rule{hint}.",
    why="A code that is misspelt changes nothing.",
    fix="Write the code of a rule, such as SD117, or its beginning, such as SD1.",
    source=_OURS,
    world=_PROJECT,
    fixable=True,
)
PROJECT_VALUE = Rule(
    code="SD907",
    severity="warning",
    title="Wrong value in the project settings",
    message="“{key}” must be {wanted}; what is written here is ignored.",
    why="A value of another kind is passed over.",
    fix="Write the value as docs/checks.md shows it.",
    source=_OURS,
    world=_PROJECT,
)

RULES: tuple[Rule, ...] = (UNUSED, UNKNOWN_CODE, NO_CODES, PROJECT_UNREADABLE, PROJECT_KEY, PROJECT_CODE, PROJECT_VALUE)
