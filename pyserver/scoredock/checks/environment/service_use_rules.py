"""Rules SD165 to SD175, SD177 and SD178: what a script does that a service cannot or should not: files, secrets, the
network, screens."""

from __future__ import annotations

from scoredock.analysis.facts import EnvironmentFacts
from scoredock.analysis.rule import Rule, ServiceScriptRule, World

_PLAIN = "\n\ndef init():\n    pass\n\n\n"
_ROWS = 'def run(data):\n    return {"rows": len(json.loads(data)["data"])}\n'
_FAKE_KEY = "Zm9vYmFyYmF6cXV4" * 5 + "Zm9vYg=="
_TIMED = (
    'def run(data):\n    answer = requests.post("https://features.example/lookup", json=json.loads(data){timeout})\n   '
    " return answer.json()\n"
)

SECRET_SHOWN = Rule(
    "SD165",
    "warning",
    "Secret goes to the log",
    "“{name}” looks like a secret, and this writes it to the log of the service.",
    "Logs are kept, sent on and read by many. Everybody who reads them then has the key.",
    'import json\nimport os\n\n\ndef init():\n    print("key:", os.environ["STORAGE_KEY"])\n\n\n' + _ROWS,
    'import json\nimport os\n\n\ndef init():\n    print("key is set:", "STORAGE_KEY" in os.environ)\n\n\n' + _ROWS,
    "Log only whether it is set, not its value.",
    "OWASP logging cheat sheet: data to exclude",
)
SECRET_WRITTEN = Rule(
    "SD166",
    "warning",
    "Secret in the script",
    "This is {what}; everybody who has the script or the image can read it.",
    "Scripts are copied into images, registries and source control, where a secret stays even after it was removed.",
    'import json\n\nCONNECTION = "DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey='
    + _FAKE_KEY
    + ';EndpointSuffix=core.windows.net"\n'
    + _PLAIN
    + 'def run(data):\n    return {"rows": len(json.loads(data)["data"]), "store": CONNECTION.split(";")[1]}\n',
    'import json\nimport os\n\nCONNECTION = os.environ["CONNECTION"]\n'
    + _PLAIN
    + 'def run(data):\n    return {"rows": len(json.loads(data)["data"]), "store": CONNECTION.split(";")[1]}\n',
    "Read it from an environment variable that the deployment sets, and replace the secret, because this one is known.",
    "Azure Storage documentation, account keys; OWASP secrets management",
    fixable=True,
)
DOWNLOADS = Rule(
    "SD167",
    "warning",
    "Download at every start",
    "{call} fetches from the network whenever the service starts{hint}.",
    "Every worker fetches it again at every start. When the other side is slow or away, the service does not come up.",
    'import json\n\nimport nltk\n\n\ndef init():\n    nltk.download("punkt")\n\n\n' + _ROWS,
    "import json\n\nimport nltk\n\n\ndef init():\n    global data\n    data = nltk.data\n\n\n" + _ROWS,
    "Register the files with the model, or put them into the source directory.",
    "Azure ML article “Deploy models”: init() loads the model from its folder",
)
NO_TIMEOUT = ServiceScriptRule(
    "SD168",
    "warning",
    "Request without a time limit",
    "{call} waits forever when the other side does not answer; give it a timeout.",
    "requests has no time limit by default. One silent server then blocks every worker, one request after the other.",
    "import json\n\nimport requests\n" + _PLAIN + _TIMED.format(timeout=""),
    "import json\n\nimport requests\n" + _PLAIN + _TIMED.format(timeout=", timeout=10"),
    "Give a timeout in seconds.",
    "Requests documentation, timeouts",
    fixable=True,
)
INSTALLS = Rule(
    "SD169",
    "warning",
    "Script installs packages",
    "The script installs packages with {tool} when it runs; list them in the environment instead.",
    "Installing at the start needs the network, gives another release every time, and changes an environment that other"
    " services share.",
    'import json\nimport subprocess\nimport sys\n\n\ndef init():\n    subprocess.check_call([sys.executable, "-m",'
    ' "pip", "install", "xgboost"])\n\n\n' + _ROWS,
    "import json\n" + _PLAIN + _ROWS,
    "Add the package to the conda file or the requirements.",
    "Azure ML article “Deploy models”: dependencies belong in the environment",
)
NEEDS_SCREEN = Rule(
    "SD170",
    "error",
    "Needs a screen",
    "{call} needs a screen, and a service has none{hint}.",
    "A service runs without a display; such a call does nothing, raises an error or waits for a window that nobody can"
    " close.",
    "import json\n\nimport cv2\nimport numpy as np\n"
    + _PLAIN
    + 'def run(data):\n    image = np.array(json.loads(data)["data"], dtype="uint8")\n    cv2.imshow("input", image)\n '
    '   return {"mean": float(cv2.mean(image)[0])}\n',
    "import json\n\nimport cv2\nimport numpy as np\n"
    + _PLAIN
    + 'def run(data):\n    image = np.array(json.loads(data)["data"], dtype="uint8")\n    return {"mean":'
    " float(cv2.mean(image)[0])}\n",
    "Remove it, or save the picture and return it.",
    "Matplotlib documentation, backends; OpenCV documentation, highgui",
    World(environment=EnvironmentFacts("", "project", "3.11", {"azureml-defaults": "", "opencv-python-headless": ""})),
    fixable=True,
)
ASKS = Rule(
    "SD171",
    "error",
    "Asks for input",
    "input() raises EOFError in a service, where nobody can type; {effect}.",
    "The standard input of a service is empty.",
    "import json\n\n\ndef init():\n    global threshold\n    threshold = float(input())\n\n\n"
    + 'def run(data):\n    return {"many": len(json.loads(data)["data"]) > threshold}\n',
    'import json\nimport os\n\n\ndef init():\n    global threshold\n    threshold = float(os.environ.get("THRESHOLD",'
    ' "0.5"))\n\n\n' + 'def run(data):\n    return {"many": len(json.loads(data)["data"]) > threshold}\n',
    "Read it from the request, from an environment variable, or from a file of the model.",
    "Python documentation, input(): EOFError",
)
WRITES = Rule(
    "SD172",
    "information",
    "Writes beside the model or the script",
    "This writes to {folder}, which is replaced with the next revision and may be read-only.",
    "Every revision and every replica has its own copy of these folders. What is written there is not kept and not"
    " shared.",
    "import json\n"
    + _PLAIN
    + 'def run(data):\n    with open("requests.log", "a") as log:\n        log.write(data)\n    return {"rows":'
    ' len(json.loads(data)["data"])}\n',
    "import json\nimport os\nimport tempfile\n"
    + _PLAIN
    + 'def run(data):\n    with open(os.path.join(tempfile.gettempdir(), "requests.log"), "a") as log:\n       '
    ' log.write(data)\n    return {"rows": len(json.loads(data)["data"])}\n',
    "Write to the temporary folder, print it, or send it to a store.",
    "azureml-inference-server-http 1.5.1: the working directory is AML_APP_ROOT",
)
SLEEPS = ServiceScriptRule(
    "SD173",
    "hint",
    "Request waits on purpose",
    "{call} blocks the worker, which answers no other request meanwhile.",
    "A worker answers one request at a time, so every wait lowers what the service can do.",
    "import json\nimport time\n"
    + _PLAIN
    + 'def run(data):\n    time.sleep(1)\n    return {"rows": len(json.loads(data)["data"])}\n',
    "import json\n" + _PLAIN + _ROWS,
    "Remove it.",
    "Azure ML article “Deploy models”: one request at a time for each replica",
    fixable=True,
)
PROCESSES = Rule(
    "SD174",
    "warning",
    "Starts processes while it is imported",
    "{call} starts processes when the script is imported; in a service, every worker does that.",
    "Python imports the script again in each process that it starts so, and processes that were started before a worker"
    " is copied are not there in the copy.",
    "import json\nimport multiprocessing\n\npool = multiprocessing.Pool(4)\n"
    + _PLAIN
    + 'def run(data):\n    return pool.map(float, json.loads(data)["data"])\n',
    "import json\nimport multiprocessing\n\n\ndef init():\n    global pool\n    pool = multiprocessing.Pool(4)\n\n\ndef"
    ' run(data):\n    return pool.map(float, json.loads(data)["data"])\n',
    "Start them in init(), or use threads.",
    "Python documentation, multiprocessing: programming guidelines",
)
METHOD_GONE = Rule(
    "SD175",
    "error",
    "Method was removed",
    "“{name}” was removed in {package} {version}{hint}.",
    "Objects of the newer release have no such method, and the call raises AttributeError.",
    "import json\n\nimport pandas as pd\n"
    + _PLAIN
    + 'def run(data):\n    frame = pd.DataFrame(json.loads(data)["data"])\n    return [list(column) for _, column in'
    " frame.iteritems()]\n",
    "import json\n\nimport pandas as pd\n"
    + _PLAIN
    + 'def run(data):\n    frame = pd.DataFrame(json.loads(data)["data"])\n    return [list(column) for _, column in'
    " frame.items()]\n",
    "Use its replacement, or ask for an older release.",
    "release notes of pandas 1.0 and 2.0, TensorFlow 2.6",
    World(environment=EnvironmentFacts("", "project", "3.11", {"azureml-defaults": "", "pandas": ">=2.0"})),
    fixable=True,
)

OWN_SERVER = Rule(
    "SD177",
    "warning",
    "Script runs its own server",
    "{call}() runs until it is stopped, so the script does not continue and init() is never called.",
    "The scoring server imports the script and calls init() and run(); it is the server.",
    "import json\n\nfrom wsgiref.simple_server import make_server\n\n\n"
    "def application(environ, start_response):\n    return []\n\n\n"
    'make_server("", 5000, application).serve_forever()' + _PLAIN + _ROWS,
    "import json" + _PLAIN + _ROWS,
    'Remove it, or put it below `if __name__ == "__main__":`.',
    "Azure ML article “Author scoring scripts”: what the server calls",
)
_COUNTED = "def run(data):\n    rows = {0}(data)\n    print(json.dumps(rows))\n    return len(rows)\n"
EVALUATES = ServiceScriptRule(
    "SD178",
    "warning",
    "Request is run as code",
    "{call}() runs everything that a caller sends as Python code; json.loads() reads it as data.",
    "Who may send a request may then do all that the service may: read its models and keys, and reach its network.",
    "import json" + _PLAIN + _COUNTED.format("eval"),
    "import json" + _PLAIN + _COUNTED.format("json.loads"),
    "Read the body with json.loads.",
    "Python documentation, eval: untrusted input",
    fixable=True,
)

RULES = (
    SECRET_SHOWN,
    SECRET_WRITTEN,
    DOWNLOADS,
    NO_TIMEOUT,
    INSTALLS,
    NEEDS_SCREEN,
    ASKS,
    WRITES,
    SLEEPS,
    PROCESSES,
    METHOD_GONE,
    OWN_SERVER,
    EVALUATES,
)
