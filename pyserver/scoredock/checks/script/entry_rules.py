"""Rules SD10x to SD11x: whether the server can import the entry script and call its functions."""

from __future__ import annotations

from scoredock.analysis.rule import EntryScriptRule, Rule, World

SYNTAX = Rule(code="SD101", severity="error", fixable=True)
MAGIC = Rule(code="SD102", severity="error", fixable=True)
NO_INIT = EntryScriptRule(code="SD103", severity="error", fixable=True)
NO_RUN = EntryScriptRule(code="SD104", severity="error", fixable=True)
NO_DATA = EntryScriptRule(code="SD105", severity="error", fixable=True)
PARAMETER_KIND = EntryScriptRule(code="SD106", severity="error", fixable=True)
SEVERAL = EntryScriptRule(code="SD107", severity="error", fixable=True)
ASYNC = EntryScriptRule(code="SD108", severity="error", fixable=True)
INIT_PARAMETERS = EntryScriptRule(code="SD109", severity="error", fixable=True)
UNDEFINED = Rule(code="SD110", severity="error", fixable=True)
NOT_GLOBAL = Rule(code="SD111", severity="error", fixable=True)
SCHEMA_PARAMETER = EntryScriptRule(code="SD112", severity="error", fixable=True)
DECORATOR_IMPORT = Rule(code="SD113", severity="error", fixable=True)
NAME_NOT_IMPORTABLE = EntryScriptRule(code="SD114", severity="error", world=World("my-score.py"))
RAW_AND_SCHEMA = EntryScriptRule(code="SD115", severity="error", fixable=True)
RAW_CALLED = EntryScriptRule(code="SD116", severity="error", fixable=True)
REPLACED = EntryScriptRule(code="SD117", severity="warning")
TOO_COMPLEX = Rule(code="SD199", severity="warning")

RULES = (
    SYNTAX,
    MAGIC,
    NO_INIT,
    NO_RUN,
    NO_DATA,
    PARAMETER_KIND,
    SEVERAL,
    ASYNC,
    INIT_PARAMETERS,
    UNDEFINED,
    NOT_GLOBAL,
    SCHEMA_PARAMETER,
    DECORATOR_IMPORT,
    NAME_NOT_IMPORTABLE,
    RAW_AND_SCHEMA,
    RAW_CALLED,
    REPLACED,
    TOO_COMPLEX,
)
