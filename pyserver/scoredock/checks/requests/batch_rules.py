"""Rules SD100 and SD180 to SD184: batch scripts, whose run() gets a mini-batch."""

from __future__ import annotations

from scoredock.analysis.rule import BatchScriptRule, World

_WORLD = World("batch_driver.py")

NO_LIST = BatchScriptRule(code="SD180", severity="error", world=_WORLD, fixable=True)
NOTHING = BatchScriptRule(code="SD181", severity="error", world=_WORLD)
AS_TEXT = BatchScriptRule(code="SD182", severity="error", world=_WORLD, fixable=True)
NO_BATCH_INIT = BatchScriptRule(code="SD183", severity="information", world=_WORLD, fixable=True)
BATCH_CALL = BatchScriptRule(code="SD184", severity="error", world=_WORLD, fixable=True)
LOST_OUTPUT = BatchScriptRule(code="SD100", severity="warning", world=_WORLD)

RULES = (NO_LIST, NOTHING, AS_TEXT, NO_BATCH_INIT, BATCH_CALL, LOST_OUTPUT)
