"""AksEndpoint of the SDK: versions behind one address, as a script of v1 makes, changes and deletes them."""

from __future__ import annotations

from cli.conftest import Terminal

from .test_scripts import CONNECT, run

VERSIONS = """
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import AksEndpoint, Webservice
from azureml.exceptions import WebserviceException

def script(name):
    with open(name + ".py", "w") as file:
        file.write("def init():\\n    pass\\n\\n\\ndef run(data):\\n    return %r\\n" % name)
    return InferenceConfig(name + ".py")

def answers(number=30):
    return sorted({endpoint.run("{}") for _ in range(number)})

config = AksEndpoint.deploy_configuration(version_name="first", traffic_percentile=100, auth_enabled=True)
endpoint = Model.deploy(ws, "endpoint-one", [], script("one"), config)
endpoint.wait_for_deployment()
uri = endpoint.scoring_uri
print(endpoint.state, answers(3), list(endpoint.versions))
endpoint.create_version("second", inference_config=script("two"), traffic_percentile=0)
endpoint.wait_for_deployment()
print(answers(5), [(k, v.traffic_percentile, v.is_default) for k, v in endpoint.versions.items()])
endpoint.update_version("second", traffic_percentile=50, is_control_version_type=True)
print(answers(), [v.version_type for v in endpoint.versions.values()], endpoint.scoring_uri == uri)
keys = endpoint.get_keys()
endpoint.regen_key("Primary")
print(endpoint.get_keys()[0] != keys[0], answers())
for wrong in (
    lambda: endpoint.create_version("second", inference_config=script("two")),
    lambda: endpoint.create_version("third", inference_config=script("two"), traffic_percentile=101),
    lambda: endpoint.update_version("second"),
    lambda: endpoint.update_version("third", traffic_percentile=1),
    lambda: endpoint.delete_version("first"),
    lambda: endpoint.create_version(""),
):
    try:
        wrong()
        print("not refused")
    except WebserviceException as error:
        print(error.message.splitlines()[0])
endpoint.update_version("first", traffic_percentile=0)
endpoint.update_version("second", traffic_percentile=100, is_default=True)
endpoint.delete_version("first")
print(answers(3), list(Webservice(ws, "endpoint-one").versions))
endpoint.delete()
print([each.name for each in Webservice.list(ws)])
"""


def test_versions_of_an_endpoint(terminal: Terminal) -> None:
    done = run(terminal, CONNECT + VERSIONS)
    told = [line for line in done.stdout.splitlines() if not line.startswith(("AKSENDPOINT service", "AKS service"))]
    assert told == [
        "Healthy ['one'] ['first']",
        "['one'] [('first', 100, True), ('second', 0, False)]",
        "['one', 'two'] ['Treatment', 'Control'] True",
        "True ['one', 'two']",
        "Error, there is already a version with name second in Endpoint endpoint-one.",
        "Error, traffic_percentile cannot be negative or greater than 100.",
        "No parameters provided to update a version.",
        "No version with name third in the endpoint endpoint-one.",
        told[8],
        "No name is provided to create a version in an Endpoint endpoint-one",
        "['two'] ['second']",
        "[]",
    ], done.stderr
    assert "default version" in told[8]
