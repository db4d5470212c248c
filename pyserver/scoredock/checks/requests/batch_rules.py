"""Rules SD180 to SD184: batch scripts, whose run() gets a mini-batch."""

from __future__ import annotations

from scoredock.analysis.rule import BatchScriptRule, World

_DOCUMENT = "Azure ML article “Author scoring scripts for batch deployments”"
_DRIVER = "parallel run driver: the run() method should return a list or a pandas DataFrame"
_WORLD = World("batch_driver.py")
_HEAD = "import json\nfrom pathlib import Path\n\n\ndef init():\n    pass\n\n\n"
_GOOD = _HEAD + "def run(mini_batch):\n    return [json.loads(Path(path).read_text()) for path in mini_batch]\n"
_SUMMED = (
    _HEAD + "def run(mini_batch):\n    total = sum(len(json.loads(Path(path).read_text())) for path in mini_batch)\n   "
    " return {0}\n"
)
_READ = (
    "import pandas as pd\n\n\ndef init():\n    pass\n\n\ndef run(mini_batch):\n    frame = {0}\n    return"
    " frame.head()\n"
)

NO_LIST = BatchScriptRule(
    "SD180",
    "error",
    "Batch result is not a list",
    "run() returns {what}; a batch script must return a list or a data frame, one item for each input.",
    "The driver counts the items as successes and writes them to the result file; anything else makes the mini-batch"
    " fail.",
    _SUMMED.format('{"total": total}'),
    _SUMMED.format("[total]"),
    "Return a list with one item for each file, or a data frame.",
    _DRIVER,
    _WORLD,
    fixable=True,
)
NOTHING = BatchScriptRule(
    "SD181",
    "error",
    "Batch result is missing",
    "run() returns nothing; a batch script must return a list or a data frame, one item for each input.",
    "The driver says that the type of the output is NoneType, and the mini-batch fails.",
    _HEAD + "def run(mini_batch):\n    for path in mini_batch:\n        print(json.loads(Path(path).read_text()))\n",
    _GOOD,
    "Collect a result for each file in a list, and return it.",
    _DRIVER,
    _WORLD,
)
AS_TEXT = BatchScriptRule(
    "SD182",
    "error",
    "Mini-batch used as one file",
    "“{name}” is a list of file paths or a data frame; {call} cannot take it.",
    "A batch script gets many files at once. This raises an exception, and the mini-batch fails.",
    _READ.format("pd.read_csv(mini_batch)"),
    _READ.format("pd.concat(map(pd.read_csv, mini_batch))"),
    "Read the files one by one.",
    f"{_DOCUMENT}: the run method",
    _WORLD,
    fixable=True,
)
NO_BATCH_INIT = BatchScriptRule(
    "SD183",
    "information",
    "init() is missing",
    "A batch script also has a function init(), which each process calls once.",
    "The document asks for init(); a driver that finds none goes on without it, and the model is then loaded"
    " elsewhere.",
    _GOOD.replace("def init():\n    pass\n\n\n", ""),
    _GOOD,
    "Define init() without parameters.",
    f"{_DOCUMENT}: the scoring script must contain two methods",
    _WORLD,
    fixable=True,
)
BATCH_CALL = BatchScriptRule(
    "SD184",
    "error",
    "Function that the driver cannot call",
    "The driver does not know what to pass for {names} of {function}().",
    "The driver calls init() with nothing and run() with the mini-batch, and perhaps with its context.",
    _GOOD.replace("(mini_batch)", "(mini_batch, context, scale)"),
    _GOOD.replace("(mini_batch)", "(mini_batch, context, scale=None)"),
    "Give the other parameters a default.",
    _DOCUMENT,
    _WORLD,
    fixable=True,
)

RULES = (NO_LIST, NOTHING, AS_TEXT, NO_BATCH_INIT, BATCH_CALL)
