"""Rules SD190 to SD199: what the script asks of modules, functions and values that are known."""

from __future__ import annotations

from scoredock.analysis.rule import Rule, World

_HEAD = "import json\nimport os\n\n\ndef init():\n    global home\n    home = os.getcwd()\n\n\n"
_GOOD = _HEAD + 'def run(data):\n    return {"rows": len(json.loads(data)["data"]), "home": home}\n'
_PYTHON = "Python documentation; typeshed's stubs of the standard library"

MISSING_NAME = Rule(
    "SD190",
    "error",
    "Name that a module does not have",
    "“{what}” has no “{name}”{hint}.",
    "Python raises AttributeError or ImportError when this runs: at the top or in init() the service does not start, in"
    " run() the request fails with 500.",
    _GOOD.replace("json.loads(", "json.load_s("),
    _GOOD,
    "Correct the spelling; the documentation of the module lists its names.",
    _PYTHON,
    fixable=True,
)
CALL = Rule(
    "SD191",
    "error",
    "Arguments that a function does not take",
    "{name}() {problem}.",
    "Python raises TypeError when this runs: at the top or in init() the service does not start, in run() the request"
    " fails with 500.",
    _GOOD.replace("json.loads(data)", "json.loads()"),
    _GOOD,
    "Pass the arguments that the function takes.",
    _PYTHON,
)
MISSING_MEMBER = Rule(
    "SD192",
    "error",
    "Attribute that a value does not have",
    "{what} has no “{name}”, so this line raises AttributeError{hint}.",
    "Python raises AttributeError when this runs: in init() the service does not start, in run() the request fails with"
    " 500.",
    _GOOD.replace("os.getcwd()", "os.getcwd().lowerr()"),
    _GOOD.replace("os.getcwd()", "os.getcwd().lower()"),
    "Correct the name. Text needs no decode(): it is decoded already.",
    _PYTHON,
    fixable=True,
)
NOT_CALLED = Rule(
    "SD193",
    "error",
    "Method without its parentheses",
    "“{name}” is the method itself; call it with {name}().",
    "Without parentheses the function is passed on instead of what it gives back, and what comes next fails with"
    " TypeError.",
    _GOOD.replace("json.loads(data)", "json.loads(data.strip)"),
    _GOOD.replace("json.loads(data)", "json.loads(data.strip())"),
    "Add the parentheses.",
    _PYTHON,
    fixable=True,
)
NOT_AWAITED = Rule(
    "SD194",
    "error",
    "Async function is not awaited",
    "{name}() is async, so this is a coroutine that never runs and not a value.",
    "Calling an async function only makes a coroutine. The server calls run() directly, and a coroutine is not JSON.",
    "import json\n\n\ndef init():\n    pass\n\n\nasync def count(rows):\n    return len(rows)\n\n\ndef run(data):\n   "
    ' return {"rows": count(json.loads(data)["data"])}\n',
    "import json\n\n\ndef init():\n    pass\n\n\ndef count(rows):\n    return len(rows)\n\n\ndef run(data):\n    return"
    ' {"rows": count(json.loads(data)["data"])}\n',
    "Remove async from the function, or run it with asyncio.run().",
    "Python language reference, coroutines",
    fixable=True,
)
OPERANDS = Rule(
    "SD195",
    "error",
    "Values that do not go together",
    "{problem}.",
    "Python raises TypeError when this runs: in init() the service does not start, in run() the request fails with"
    " 500.",
    _GOOD.replace("home = os.getcwd()", "home = os.getcwd() + 7"),
    _GOOD.replace("home = os.getcwd()", 'home = os.getcwd() + "7"'),
    "Convert one of the values.",
    "Python language reference, binary arithmetic operations",
)
ENCODING = Rule(
    "SD196",
    "error",
    "Encoding that does not exist",
    "“{name}” is not a text encoding{hint}.",
    "Python raises LookupError when the file is opened.",
    _GOOD.replace("home = os.getcwd()", 'home = open(__file__, encoding="utf-88").read()'),
    _GOOD.replace("home = os.getcwd()", 'home = open(__file__, encoding="utf-8").read()'),
    "Use utf-8.",
    "Python documentation, codecs",
    fixable=True,
)
OWN_MEMBER = Rule(
    "SD197",
    "error",
    "Attribute that a class never sets",
    "“{what}” has no “{name}”{hint}.",
    "No method of the class sets it, so Python raises AttributeError when this runs.",
    "import json\n\n\nclass Counter:\n    def __init__(self, start):\n        self.start = start\n\n    def count(self,"
    " rows):\n        return self.strat + len(rows)\n\n\ndef init():\n    global counter\n    counter ="
    ' Counter(1)\n\n\ndef run(data):\n    return {"rows": counter.count(json.loads(data)["data"])}\n',
    "import json\n\n\nclass Counter:\n    def __init__(self, start):\n        self.start = start\n\n    def count(self,"
    " rows):\n        return self.start + len(rows)\n\n\ndef init():\n    global counter\n    counter ="
    ' Counter(1)\n\n\ndef run(data):\n    return {"rows": counter.count(json.loads(data)["data"])}\n',
    "Correct the spelling, or set it in __init__.",
    "Python language reference, attribute references",
    fixable=True,
)
NEIGHBOUR = Rule(
    "SD198",
    "error",
    "Name that a module of yours does not have",
    "“{what}” has no “{name}”{hint}.",
    "The import fails with ImportError, so the service does not start.",
    _GOOD.replace("import os\n", "import os\n\nfrom cleaning import tidyy\n").replace(
        "json.loads(data)", "tidyy(json.loads(data))"
    ),
    _GOOD.replace("import os\n", "import os\n\nfrom cleaning import tidy\n").replace(
        "json.loads(data)", "tidy(json.loads(data))"
    ),
    "Correct the spelling, or define it there.",
    "Python language reference, the import statement",
    World(texts=(("cleaning.py", "def tidy(value):\n    return value\n"),)),
    fixable=True,
)

RULES = (MISSING_NAME, CALL, MISSING_MEMBER, NOT_CALLED, NOT_AWAITED, OPERANDS, ENCODING, OWN_MEMBER, NEIGHBOUR)
