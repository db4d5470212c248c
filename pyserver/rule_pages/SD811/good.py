from azureml.core import Environment, Workspace
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import AciWebservice, AksWebservice, LocalWebservice

ws = Workspace.from_config()
model = Model(ws, name="diabetes")
environment = Environment.get(workspace=ws, name="ridge")
inference_config = InferenceConfig(entry_script="score.py", environment=environment)
service = AksWebservice(ws, "diabetes-service")
token = service.get_access_token().access_token
service.run("{}")
