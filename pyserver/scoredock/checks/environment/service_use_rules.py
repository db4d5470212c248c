"""Rules SD165 to SD175, SD177 and SD178: what a script does that a service cannot or should not: files, secrets, the
network, screens."""

from __future__ import annotations

from scoredock.analysis.facts import EnvironmentFacts
from scoredock.analysis.rule import Rule, ServiceScriptRule, World

SECRET_SHOWN = Rule(
    code="SD165",
    severity="warning",
    title="Secret goes to the log",
    message="“{name}” looks like a secret, and this writes it to the log of the service.",
    why="Logs are kept, sent on and read by many. Everybody who reads them then has the key.",
    fix="Log only whether it is set, not its value.",
    source="OWASP logging cheat sheet: data to exclude",
)
SECRET_WRITTEN = Rule(
    code="SD166",
    severity="warning",
    title="Secret in the script",
    message="This is {what}; everybody who has the script or the image can read it.",
    why=(
        "Scripts are copied into images, registries and source control, where a secret stays even after it was removed."
    ),
    fix=(
        "Read it from an environment variable that the deployment sets, and replace the secret, because this one is"
        " known."
    ),
    source="Azure Storage documentation, account keys; OWASP secrets management",
    fixable=True,
)
DOWNLOADS = Rule(
    code="SD167",
    severity="warning",
    title="Download at every start",
    message="{call} fetches from the network whenever the service starts{hint}.",
    why=(
        "Every worker fetches it again at every start. When the other side is slow or away, the service does not come"
        " up."
    ),
    fix="Register the files with the model, or put them into the source directory.",
    source="Azure ML article “Deploy models”: init() loads the model from its folder",
)
NO_TIMEOUT = ServiceScriptRule(
    code="SD168",
    severity="warning",
    title="Request without a time limit",
    message="{call} waits forever when the other side does not answer; give it a timeout.",
    why=(
        "requests has no time limit by default. One silent server then blocks every worker, one request after the"
        " other."
    ),
    fix="Give a timeout in seconds.",
    source="Requests documentation, timeouts",
    fixable=True,
)
INSTALLS = Rule(
    code="SD169",
    severity="warning",
    title="Script installs packages",
    message="The script installs packages with {tool} when it runs; list them in the environment instead.",
    why=(
        "Installing at the start needs the network, gives another release every time, and changes an environment that"
        " other services share."
    ),
    fix="Add the package to the conda file or the requirements.",
    source="Azure ML article “Deploy models”: dependencies belong in the environment",
)
NEEDS_SCREEN = Rule(
    code="SD170",
    severity="error",
    title="Needs a screen",
    message="{call} needs a screen, and a service has none{hint}.",
    why=(
        "A service runs without a display; such a call does nothing, raises an error or waits for a window that nobody"
        " can close."
    ),
    fix="Remove it, or save the picture and return it.",
    source="Matplotlib documentation, backends; OpenCV documentation, highgui",
    world=World(
        environment=EnvironmentFacts("", "project", "3.11", {"azureml-defaults": "", "opencv-python-headless": ""})
    ),
    fixable=True,
)
ASKS = Rule(
    code="SD171",
    severity="error",
    title="Asks for input",
    message="input() raises EOFError in a service, where nobody can type; {effect}.",
    why="The standard input of a service is empty.",
    fix="Read it from the request, from an environment variable, or from a file of the model.",
    source="Python documentation, input(): EOFError",
)
WRITES = Rule(
    code="SD172",
    severity="information",
    title="Writes beside the model or the script",
    message="This writes to {folder}, which is replaced with the next revision and may be read-only.",
    why=(
        "Every revision and every replica has its own copy of these folders. What is written there is not kept and not"
        " shared."
    ),
    fix="Write to the temporary folder, print it, or send it to a store.",
    source="azureml-inference-server-http 1.5.1: the working directory is AML_APP_ROOT",
)
SLEEPS = ServiceScriptRule(
    code="SD173",
    severity="hint",
    title="Request waits on purpose",
    message="{call} blocks the worker, which answers no other request meanwhile.",
    why="A worker answers one request at a time, so every wait lowers what the service can do.",
    fix="Remove it.",
    source="Azure ML article “Deploy models”: one request at a time for each replica",
    fixable=True,
)
PROCESSES = Rule(
    code="SD174",
    severity="warning",
    title="Starts processes while it is imported",
    message="{call} starts processes when the script is imported; in a service, every worker does that.",
    why=(
        "Python imports the script again in each process that it starts so, and processes that were started before a"
        " worker is copied are not there in the copy."
    ),
    fix="Start them in init(), or use threads.",
    source="Python documentation, multiprocessing: programming guidelines",
)
METHOD_GONE = Rule(
    code="SD175",
    severity="error",
    title="Method was removed",
    message="“{name}” was removed in {package} {version}{hint}.",
    why="Objects of the newer release have no such method, and the call raises AttributeError.",
    fix="Use its replacement, or ask for an older release.",
    source="release notes of pandas 1.0 and 2.0, TensorFlow 2.6",
    world=World(environment=EnvironmentFacts("", "project", "3.11", {"azureml-defaults": "", "pandas": ">=2.0"})),
    fixable=True,
)

OWN_SERVER = Rule(
    code="SD177",
    severity="warning",
    title="Script runs its own server",
    message="{call}() runs until it is stopped, so the script does not continue and init() is never called.",
    why="The scoring server imports the script and calls init() and run(); it is the server.",
    fix='Remove it, or put it below `if __name__ == "__main__":`.',
    source="Azure ML article “Author scoring scripts”: what the server calls",
)
EVALUATES = ServiceScriptRule(
    code="SD178",
    severity="warning",
    title="Request is run as code",
    message="{call}() runs everything that a caller sends as Python code; json.loads() reads it as data.",
    why="Who may send a request may then do all that the service may: read its models and keys, and reach its network.",
    fix="Read the body with json.loads.",
    source="Python documentation, eval: untrusted input",
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
