from azureml.core import Environment, Workspace
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import AciWebservice, AksWebservice, LocalWebservice

ws = Workspace.from_config()
model = Model(ws, name="diabetes")
environment = Environment.get(workspace=ws, name="ridge")
inference_config = InferenceConfig(entry_script="score.py", environment=environment)
deployment_config = LocalWebservice.deploy_configuration(port=8890)
service = Model.deploy(ws, "diabetes-service", [model], inference_config, deployment_config)
service.wait_for_deployment(show_output=True)
print(service.state)
