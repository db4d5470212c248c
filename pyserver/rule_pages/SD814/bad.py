from azureml.core import Workspace
from azureml.core.model import Model

ws = Workspace.from_config()
model = Model.register(workspace=ws, model_path="outputs/modell.pkl", model_name="diabetes")
print(model.id)
