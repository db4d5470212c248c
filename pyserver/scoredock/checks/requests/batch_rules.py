"""Rules SD180 to SD184: batch scripts, whose run() gets a mini-batch."""

from __future__ import annotations

from scoredock.analysis.rule import BatchScriptRule, World

_DOCUMENT = "Azure ML article “Author scoring scripts for batch deployments”"
_DRIVER = "parallel run driver: the run() method should return a list or a pandas DataFrame"
_WORLD = World("batch_driver.py")

NO_LIST = BatchScriptRule(
    code="SD180",
    severity="error",
    title="Batch result is not a list",
    message="run() returns {what}; a batch script must return a list or a data frame, one item for each input.",
    why=(
        "The driver counts the items as successes and writes them to the result file; anything else makes the"
        " mini-batch fail."
    ),
    fix="Return a list with one item for each file, or a data frame.",
    source=_DRIVER,
    world=_WORLD,
    fixable=True,
)
NOTHING = BatchScriptRule(
    code="SD181",
    severity="error",
    title="Batch result is missing",
    message="run() returns nothing; a batch script must return a list or a data frame, one item for each input.",
    why="The driver says that the type of the output is NoneType, and the mini-batch fails.",
    fix="Collect a result for each file in a list, and return it.",
    source=_DRIVER,
    world=_WORLD,
)
AS_TEXT = BatchScriptRule(
    code="SD182",
    severity="error",
    title="Mini-batch used as one file",
    message="“{name}” is a list of file paths or a data frame; {call} cannot take it.",
    why="A batch script gets many files at once. This raises an exception, and the mini-batch fails.",
    fix="Read the files one by one.",
    source=f"{_DOCUMENT}: the run method",
    world=_WORLD,
    fixable=True,
)
NO_BATCH_INIT = BatchScriptRule(
    code="SD183",
    severity="information",
    title="init() is missing",
    message="A batch script also has a function init(), which each process calls once.",
    why=(
        "The document asks for init(); a driver that finds none goes on without it, and the model is then loaded"
        " elsewhere."
    ),
    fix="Define init() without parameters.",
    source=f"{_DOCUMENT}: the scoring script must contain two methods",
    world=_WORLD,
    fixable=True,
)
BATCH_CALL = BatchScriptRule(
    code="SD184",
    severity="error",
    title="Function that the driver cannot call",
    message="The driver does not know what to pass for {names} of {function}().",
    why="The driver calls init() with nothing and run() with the mini-batch, and perhaps with its context.",
    fix="Give the other parameters a default.",
    source=_DOCUMENT,
    world=_WORLD,
    fixable=True,
)

RULES = (NO_LIST, NOTHING, AS_TEXT, NO_BATCH_INIT, BATCH_CALL)
