"""Services that do not start: the exit code and the message."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.check import Check
from conformance.probes import says
from conformance.servers import Ended, Running, Service

INIT = "def init(): pass\n"
RUN = "def run(data): return data\n"


def start(name: str, *patterns: str, script: str | None = None, files: Mapping[str, str] = {}, **more: object) -> Check:
    """`patterns` are sought in the log."""

    def ended(server: Running | Ended) -> list[object]:
        return [server.code if isinstance(server, Ended) else "serves", *says(*patterns)(server)]

    given = {**files, **({} if script is None else {"score.py": script})}
    return Check(Service(f"start, {name}", "", files=given, **more), name, ended)  # type: ignore[arg-type]


SIGNATURE = r"run\(\) cannot accept positional-only arguments, \*args, or \*\*kwargs\.$"
NO_INPUT = r"run\(\) needs to accept an argument [\w \"]+\."
RAW = "from azureml.contrib.services.aml_request import rawhttp\n"
SCHEMA = (
    "from inference_schema.schema_decorators import input_schema, output_schema\n"
    "from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType as P\n"
)

CHECKS: list[Check] = [
    start(
        "init raises",
        r"User's init function failed$",
        r"^ValueError: planted$",
        r"score\.py\", line 2, in init",
        script=f"def init():\n    raise ValueError('planted')\n{RUN}",
    ),
    start("init exits", r"User's init function failed$", script=f"import sys\ndef init(): sys.exit(0)\n{RUN}"),
    start("import raises", r"^ZeroDivisionError: division by zero$", script=f"1/0\n{INIT}{RUN}"),
    start(
        "import of what is missing",
        r"^ModuleNotFoundError: No module named 'nowhere_to_be'$",
        script=f"import nowhere_to_be\n{INIT}{RUN}",
    ),
    start("import exits", script=f"import sys\nsys.exit(0)\n{INIT}{RUN}"),
    start("syntax error", r"^SyntaxError: .*$", script="def init(:\n"),
    start("no script", r"score\.py"),
    start("no init", r"User script at \S+ does not have a init\(\) function defined\.$", script=RUN),
    start("no run", r"User script at \S+ does not have a run\(\) function defined\.$", script=INIT),
    start("variable arguments", SIGNATURE, script=f"{INIT}def run(*data): pass\n"),
    start("variable keywords", SIGNATURE, script=f"{INIT}def run(data, **more): pass\n"),
    start("positional-only", SIGNATURE, script=f"{INIT}def run(data, /): pass\n"),
    start("no parameter", NO_INPUT, script=f"{INIT}def run(): pass\n"),
    start("only headers", NO_INPUT, script=f"{INIT}def run(request_headers): pass\n"),
    start(
        "raw and decorated",
        r"run\(\) cannot be decorated with both @rawhttp and @input_schema$",
        script=f"{RAW}{SCHEMA}{INIT}@rawhttp\n@input_schema('data', P(1))\ndef run(data): pass\n",
    ),
    start(
        "two outputs",
        r"output schema already defined for function",
        script=f"{SCHEMA}{INIT}@output_schema(P(1))\n@output_schema(P(1))\ndef run(data): pass\n",
    ),
    start(
        "no parameter type", r"^Exception: .*$", script=f"{SCHEMA}{INIT}@input_schema('data', 5)\ndef run(data): pass\n"
    ),
    start(
        "model folder shown",
        r"Model Directory Contents:$",
        r"- one/$",
        r"-     deep/$",
        r"-         b\.txt$",
        r"-     a\.txt$",
        script=f"def init(): 1/0\n{RUN}",
        files={"one/a.txt": "", "one/deep/b.txt": ""},
        more=("--model_dir", "one"),
    ),
    start(
        "many model files",
        r"Output Truncated\. First 200 lines shown\.$",
        r"- f198$",
        r"- +f199$",
        script=f"def init(): 1/0\n{RUN}",
        files={f"one/f{n:03}": "" for n in range(250)},
        more=("--model_dir", "one"),
    ),
    start(
        "main is missing",
        r"No score script found\. Expected score script main\.py\.$",
        files={"mine.json": '{"SERVICE_NAME": "n"}'},
        arguments=("--config_file", "mine.json", "--port", "{port}"),
    ),
    start(
        "neither script nor file",
        r"Either provide an entry_script using --entry_script or provide a path to the .*$",
        arguments=("--port", "{port}"),
    ),
    start("port 0", script=INIT + RUN, more=("--port", "0")),
    start("port 65536", script=INIT + RUN, more=("--port", "65536")),
    start("port of letters", script=INIT + RUN, more=("--port", "x")),
    start("health port 0", script=INIT + RUN, more=("--health_port", "0")),
    start("no workers", script=INIT + RUN, more=("--worker_count", "0")),
    start("workers of letters", script=INIT + RUN, more=("--worker_count", "many")),
    start("workers of letters by variable", script=INIT + RUN, environment={"WORKER_COUNT": "many"}),
    start("unknown option", r"--entry_script", script=INIT + RUN, more=("--nothing",)),
    start("help", r"--entry_script", r"--model_dir", r"--config_file", arguments=("--help",)),
    start(
        "time-out of letters",
        r"^=+Configuration Error=+$",
        r"^SCORING_TIMEOUT_MS: .*\(environment variable: SCORING_TIMEOUT_MS\)$",
        script=INIT + RUN,
        environment={"SCORING_TIMEOUT_MS": "soon"},
    ),
    start("config file that is not JSON", r"Invalid config file!", script=INIT + RUN, files={"config.json": "{"}),
    start(
        "config file with a wrong type",
        r"^SERVICE_VERSION: Input should be a valid string",
        script=INIT + RUN,
        files={"config.json": '{"SERVICE_VERSION": 2}'},
    ),
    start("logging.json that is not JSON", script=INIT + RUN, files={"logging.json": "{"}),
    start("logging.json of another kind", script=INIT + RUN, files={"logging.json": '{"version": 2}'}),
    start("swagger.json that is not JSON", script=INIT + RUN, files={"swagger.json": "{"}),
    start("origins that are not a pattern", script=INIT + RUN, more=("--access_control_allow_origins", "https://(x")),
]
