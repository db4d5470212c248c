"""Rules SD190 to SD199: what the script asks of modules, functions and values that are known."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_PYTHON = "Python documentation; typeshed's stubs of the standard library"

MISSING_NAME = Rule(
    code="SD190",
    severity="error",
    title="Name that a module does not have",
    message="“{what}” has no “{name}”{hint}.",
    why=(
        "Python raises AttributeError or ImportError when this runs: at the top or in init() the service does not"
        " start, in run() the request fails with 500."
    ),
    fix="Correct the spelling; the documentation of the module lists its names.",
    source=_PYTHON,
    fixable=True,
)
CALL = Rule(
    code="SD191",
    severity="error",
    title="Arguments that a function does not take",
    message="{name}() {problem}.",
    why=(
        "Python raises TypeError when this runs: at the top or in init() the service does not start, in run() the"
        " request fails with 500."
    ),
    fix="Pass the arguments that the function takes.",
    source=_PYTHON,
)
MISSING_MEMBER = Rule(
    code="SD192",
    severity="error",
    title="Attribute that a value does not have",
    message="{what} has no “{name}”, so this line raises AttributeError{hint}.",
    why=(
        "Python raises AttributeError when this runs: in init() the service does not start, in run() the request fails"
        " with 500."
    ),
    fix="Correct the name. Text needs no decode(): it is decoded already.",
    source=_PYTHON,
    fixable=True,
)
NOT_CALLED = Rule(
    code="SD193",
    severity="error",
    title="Method without its parentheses",
    message="“{name}” is the method itself; call it with {name}().",
    why=(
        "Without parentheses the function is passed on instead of what it gives back, and what comes next fails with"
        " TypeError."
    ),
    fix="Add the parentheses.",
    source=_PYTHON,
    fixable=True,
)
NOT_AWAITED = Rule(
    code="SD194",
    severity="error",
    title="Async function is not awaited",
    message="{name}() is async, so this is a coroutine that never runs and not a value.",
    why=(
        "Calling an async function only makes a coroutine. The server calls run() directly, and a coroutine is not"
        " JSON."
    ),
    fix="Remove async from the function, or run it with asyncio.run().",
    source="Python language reference, coroutines",
    fixable=True,
)
OPERANDS = Rule(
    code="SD195",
    severity="error",
    title="Values that do not go together",
    message="{problem}.",
    why=(
        "Python raises TypeError when this runs: in init() the service does not start, in run() the request fails with"
        " 500."
    ),
    fix="Convert one of the values.",
    source="Python language reference, binary arithmetic operations",
)
ENCODING = Rule(
    code="SD196",
    severity="error",
    title="Encoding that does not exist",
    message="“{name}” is not a text encoding{hint}.",
    why="Python raises LookupError when the file is opened.",
    fix="Use utf-8.",
    source="Python documentation, codecs",
    fixable=True,
)
OWN_MEMBER = Rule(
    code="SD197",
    severity="error",
    title="Attribute that a class never sets",
    message="“{what}” has no “{name}”{hint}.",
    why="No method of the class sets it, so Python raises AttributeError when this runs.",
    fix="Correct the spelling, or set it in __init__.",
    source="Python language reference, attribute references",
    fixable=True,
)
NEIGHBOUR = Rule(
    code="SD198",
    severity="error",
    title="Name that a module of yours does not have",
    message="“{what}” has no “{name}”{hint}.",
    why="The import fails with ImportError, so the service does not start.",
    fix="Correct the spelling, or define it there.",
    source="Python language reference, the import statement",
    world=World(texts=(("cleaning.py", "def tidy(value):\n    return value\n"),)),
    fixable=True,
)

RULES = (MISSING_NAME, CALL, MISSING_MEMBER, NOT_CALLED, NOT_AWAITED, OPERANDS, ENCODING, OWN_MEMBER, NEIGHBOUR)
