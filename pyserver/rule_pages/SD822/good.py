from azureml.core import Environment, Workspace
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import AciWebservice, AksWebservice, LocalWebservice

ws = Workspace.from_config()
model = Model(ws, name="diabetes")
environment = Environment.get(workspace=ws, name="ridge")
inference_config = InferenceConfig(entry_script="score.py", environment=environment)
from azureml.core import Dataset

rows = Dataset.get_by_name(ws, name="rows")
profile = Model.profile(ws, "ridge", [model], inference_config, input_dataset=rows)
profile.wait_for_completion(True)
details = profile.get_details()
print(details["requestedMemoryInGB"])
