"""The command line of Azure's inference server (azmlinfsrv), for this runtime: a script and a port instead of a spec.

It writes the spec into a private folder that lives as long as the service, and is the service's parent itself. Exit
codes as there: 1 for arguments that are wrong, 3 for a script that does not start.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import secrets
import shutil
import sys
from pathlib import Path
from typing import Dict, List, Optional

from scoredock_runtime import __version__, contract
from scoredock_runtime.base.worker_log import log_to_stdout, logger
from scoredock_runtime.command_line.command_settings import (
    BadSetting,
    configuration_file,
    merge,
    read_configuration,
    settings_table,
    whole_number,
)
from scoredock_runtime.contract_owner import hold, new_folder
from scoredock_runtime.contract_variables import number_fault

PORT, HEALTH_PORT = 5001, 5000
BAD_ARGUMENTS, SCRIPT_FAILED = 1, 3

_OF_THE_SCRIPT = (
    contract.IMPORT_FAILED,
    contract.SCRIPT_INVALID,
    contract.INIT_FAILED,
    contract.INIT_EXITED,
    contract.INIT_TIMEOUT,
)
_SPELT_OUT = ("AML_", "AZUREML_", "SERVICE_")
"""Variables that reach the script exactly as they were given, where a service of the editor gets its own."""
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)


def main(arguments: List[str]) -> int:
    """The exit code, once the service has ended."""
    options = _parse(arguments)
    if options is None:
        return BAD_ARGUMENTS
    log_to_stdout()
    if not options.entry_script and not options.config_file:
        logger.error("Error!")
        logger.error(
            "Either provide an entry_script using --entry_script or "
            "provide a path to the configuration file using --config_file"
        )
        return BAD_ARGUMENTS
    environment = dict(os.environ)
    try:
        _merge_arguments(options, environment)
        if options.strict:
            _merge_file(environment, strict=True)
        environment.setdefault("WORKER_COUNT", "1")
        _settle_ports(options, environment)
        counts = {name: value for name, value in environment.items() if name in ("WORKER_COUNT", "WORKER_TIMEOUT")}
        fault = number_fault(counts)
        if fault:
            logger.error("%s", fault)
            return BAD_ARGUMENTS
        _check(environment)
        _introduce(environment)
        if not options.strict:
            # Now only: as in version 1.5.1 nothing above is read from it.
            _merge_file(environment, strict=False)
    except BadSetting as bad:
        logger.critical("%s", bad)
        return SCRIPT_FAILED
    return _run(_spec(options, environment))


def _parse(arguments: List[str]) -> Optional[argparse.Namespace]:
    """None when the arguments are wrong, or only help was asked for; the message has been printed."""
    parser = argparse.ArgumentParser(
        prog="scoredock-runtime",
        description=f"Hosts an Azure ML entry script over HTTP (Scoredock runtime {__version__}).",
    )
    parser.add_argument("--entry_script", help="the scoring script, a path")
    parser.add_argument("--model_dir", help="the folder that AZUREML_MODEL_DIR names in the script")
    parser.add_argument("--appinsights_instrumentation_key", help="key (a UUID) of Application Insights")
    parser.add_argument("--port", type=_port, help=f"where requests are answered; {PORT} if not given")
    parser.add_argument(
        "--health_port", type=_port, help=f"second port with SEPERATE_HEALTH_ENDPOINT=true; {HEALTH_PORT} if not given"
    )
    parser.add_argument("--worker_count", type=_count, help="processes that answer; 1 if not given")
    parser.add_argument("--access_control_allow_origins", help="web pages that may call, origins separated by commas")
    parser.add_argument("--config_file", help="JSON file with values of the environment variables")
    parser.add_argument("--rest", action="store_true", help=argparse.SUPPRESS)
    ours = parser.add_argument_group("options that azmlinfsrv does not have")
    ours.add_argument("--host", default="127.0.0.1", help="address to listen on; 127.0.0.1 if not given")
    ours.add_argument("--strict", action="store_true", help="correct answers where azmlinfsrv is faulty")
    ours.add_argument("--metrics", action="store_true", help="GET /metrics answers, in Prometheus' text format")
    ours.add_argument("--reload", action="store_true", help="new workers when a file below the application changes")
    ours.add_argument("--script_python", default="", help="the Python that the script runs in, if it is another one")
    try:
        return parser.parse_args(arguments)
    except SystemExit as ended:
        if ended.code:
            print()
            parser.usage = argparse.SUPPRESS
            parser.print_help()
        return None


def _port(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{number} is not a port: 1 to 65535 are")
    return number


def _count(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{number} is too few: at least one worker is needed")
    return number


def _merge_arguments(options: argparse.Namespace, environment: Dict[str, str]) -> None:
    """The arguments as environment variables, which is how the script sees them. Raises BadSetting."""
    environment["AML_APP_ROOT"] = os.path.abspath(environment.get("AML_APP_ROOT") or os.getcwd())
    if options.entry_script:
        environment["AZUREML_ENTRY_SCRIPT"] = os.path.realpath(options.entry_script)
    if options.config_file:
        environment["AZUREML_CONFIG_FILE"] = os.path.realpath(options.config_file)
    if options.model_dir is not None:
        environment["AZUREML_MODEL_DIR"] = options.model_dir
    if options.worker_count is not None:
        environment["WORKER_COUNT"] = str(options.worker_count)
    environment["TRANSPORT_PROTOCOL"] = "rest" if options.rest else "grpc"
    if environment.get("SERVER_VERSION_LOG_RESPONSE_ENABLED", "true").lower() == "true":
        environment["HTTP_X_MS_SERVER_VERSION"] = f"scoredock/{__version__}"
    if options.appinsights_instrumentation_key is not None:
        environment["AML_APP_INSIGHTS_ENABLED"] = "true"
        environment["AML_APP_INSIGHTS_KEY"] = options.appinsights_instrumentation_key
    if options.access_control_allow_origins is not None:
        environment["AML_CORS_ORIGINS"] = options.access_control_allow_origins


def _merge_file(environment: Dict[str, str], *, strict: bool) -> None:
    """Raises BadSetting."""
    found = configuration_file(environment, environment["AML_APP_ROOT"])
    merge(environment, None if found is None else read_configuration(found), strict=strict)


def _settle_ports(options: argparse.Namespace, environment: Dict[str, str]) -> None:
    # Version 1.5.1 overwrites both variables with its defaults before it reads them; strict reads them.
    port = options.port or (options.strict and _number(environment, "SERVER_PORT")) or PORT
    environment["SERVER_PORT"] = str(port)
    if environment.get("SEPERATE_HEALTH_ENDPOINT") == "true":
        second = options.health_port or (options.strict and _number(environment, "HEALTH_PORT")) or HEALTH_PORT
        environment["HEALTH_PORT"] = str(second)
    elif options.port is not None:
        environment["HEALTH_PORT"] = str(port)
    else:
        environment.setdefault("HEALTH_PORT", str(port))


def _number(environment: Dict[str, str], name: str) -> int:
    """0 where it is not set. Raises BadSetting."""
    text = environment.get(name, "0")
    number = whole_number(text)
    if number is None or not 0 <= number <= 65535:
        raise BadSetting(f"{name} is {text!r}, which is not a port.")
    return number


def _check(environment: Dict[str, str]) -> None:
    if "AZUREML_MODEL_DIR" not in environment:
        print("The environment variable 'AZUREML_MODEL_DIR' has not been set.")
        print("Use the --model_dir command line argument to set it.")
    enabled = environment.get("AML_APP_INSIGHTS_ENABLED") == "true" and "AML_APP_INSIGHTS_KEY" in environment
    if enabled:
        enabled = _KEY.match(environment["AML_APP_INSIGHTS_KEY"]) is not None
        if enabled:
            print("Valid Application Insights instrumentation key provided.")
        else:
            print("Invalid Application Insights instrumentation key provided.")
            print("Application Insights has been disabled.")
    environment["AML_APP_INSIGHTS_ENABLED"] = "true" if enabled else "false"


def _introduce(environment: Dict[str, str]) -> None:
    print(f"\nScoredock runtime {__version__}\n\n")
    print("Server Settings\n---------------")
    for title, value in settings_table(environment):
        print(f"{title}: {value}")
    print("\n\nServer Routes\n---------------")
    print(f"Liveness Probe: GET   127.0.0.1:{environment['HEALTH_PORT']}/")
    print(f"Score:          POST  127.0.0.1:{environment['SERVER_PORT']}/score\n", flush=True)


def _spec(options: argparse.Namespace, environment: Dict[str, str]) -> contract.ServiceSpec:
    app_root = environment["AML_APP_ROOT"]
    if not os.path.isdir(app_root):
        # As azmlinfsrv, which looks for scripts and files there and goes on without.
        logger.warning("AML_APP_ROOT is %s, which is not a folder: the current one is taken.", app_root)
        app_root = os.getcwd()
    script = os.path.join(app_root, environment.get("AZUREML_ENTRY_SCRIPT") or "main.py")
    port = int(environment["SERVER_PORT"])
    second = int(environment["HEALTH_PORT"]) if environment.get("SEPERATE_HEALTH_ENDPOINT") == "true" else port
    patience = int(environment.get("WORKER_TIMEOUT", "0"))
    collects = environment.get("AML_MODEL_DC_STORAGE_ENABLED", "").lower() == "true"
    model_dir = environment.get("AZUREML_MODEL_DIR", "")
    return contract.ServiceSpec(
        name=environment.get("SERVICE_NAME", "ML service" if collects else ""),
        revision=1,
        nonce=secrets.token_hex(32),
        python=sys.executable,
        app_root=app_root,
        entry_script=os.path.relpath(script, app_root).replace(os.sep, "/"),
        source_directory=environment.get("AZUREML_SOURCE_DIRECTORY") or None,
        model_dir=os.path.abspath(model_dir) if model_dir else "",
        port=port,
        host=options.host,
        environment={
            name: value
            for name, value in environment.items()
            if os.environ.get(name) != value or name.startswith(_SPELT_OUT)
        },
        worker_count=int(environment["WORKER_COUNT"]),
        start_timeout=float(patience or 300),
        scoring_timeout=float(patience),
        strict=options.strict,
        health_port=0 if second == port else second,
        metrics=options.metrics,
        reload=options.reload,
        script_python=_program(options.script_python),
        # Only what the script itself collects (ModelDataCollector), as in Azure; requests are not kept besides.
        data_folder=os.path.join(app_root, "data") if collects else "",
    )


def _program(name: str) -> str:
    """An absolute path; what is not a path and not on PATH stays, and is then refused by its name."""
    if not name:
        return ""
    return os.path.abspath(name) if os.path.dirname(name) else shutil.which(name) or name


def _run(spec: contract.ServiceSpec) -> int:
    from scoredock_runtime.parent.main import run

    folder = new_folder("server")
    hold(folder)  # to its end
    try:
        path = os.path.join(folder, contract.SPEC_FILE)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            stream.write(contract.to_json(spec))
        code = run(folder, lambda _: None, foreground=True)
        failure: Optional[contract.Failure] = None
        with contextlib.suppress(OSError, ValueError, TypeError):
            status = contract.read_status(Path(folder))
            failure = None if status is None else status.failure
        if code == 0 or failure is None:
            return code
        print(failure.message, file=sys.stderr, flush=True)
        return SCRIPT_FAILED if failure.cause in _OF_THE_SCRIPT else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
