"""Requests of `run()` that get lost go out again, as those of azureml-core do."""

from __future__ import annotations

from cli.conftest import Terminal

from .test_scripts import CONNECT, run

SERVICE = """
import os
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import AksEndpoint, AksWebservice
from azureml.exceptions import WebserviceException

DIES = '''
import os, pathlib

def init():
    pass

def run(data):
    with open("came", "a") as file:
        file.write(data)
    if len(pathlib.Path("came").read_text()) <= MOST:
        os._exit(1)
    return "answered"
'''

def script(name, most):
    with open(name + ".py", "w") as file:
        file.write(DIES.replace("MOST", str(most)))
    return InferenceConfig(name + ".py")

def deployed(name, most, config):
    made = Model.deploy(ws, name, [], script(name, most), config)
    made.wait_for_deployment()
    return made

def state_and_answers(service):
    try:
        print(service.run("x"))
    except WebserviceException as error:
        print(error.message.splitlines()[0])

aks = AksWebservice.deploy_configuration(auth_enabled=False)
state_and_answers(deployed("recovers", 2, aks))
state_and_answers(deployed("fails", 4, aks))
"""

ENDPOINT = (
    SERVICE.partition("aks = ")[0]
    + """
import socket, threading

config = AksEndpoint.deploy_configuration(version_name="first", traffic_percentile=100, auth_enabled=False)
endpoint = deployed("one", 0, config)
listener = socket.create_server(("127.0.0.1", 0))

def head(connection):
    data = b""
    while not data.endswith(b"x"):
        data += connection.recv(1000)

def serve():
    for answer in (b"", b"HTTP/1.1 502 Bad Gateway\\r\\nContent-Length: 0\\r\\n\\r\\n",
                   b"HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\n[1]"):
        connection = listener.accept()[0]
        head(connection)
        connection.sendall(answer)
        connection.close()

threading.Thread(target=serve).start()
AksEndpoint.scoring_uri = "http://127.0.0.1:%d/score" % listener.getsockname()[1]
state_and_answers(endpoint)
"""
)


def test_a_request_whose_worker_died_is_sent_again_three_times(terminal: Terminal) -> None:
    done = run(terminal, CONNECT + SERVICE)
    lines = [line for line in done.stdout.splitlines() if "operation" not in line]
    assert lines[0] == "answered", done.stdout
    assert "broke off the connection" in lines[1], done.stdout


def test_a_request_that_an_endpoint_did_not_answer_is_sent_again(terminal: Terminal) -> None:
    done = run(terminal, CONNECT + ENDPOINT)
    assert done.stdout.splitlines()[-1] == "[1]", done.stderr
