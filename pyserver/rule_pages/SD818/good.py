from azureml.core import Workspace
from azureml.core.model import Model

ws = Workspace.from_config()
model = Model.register(
    workspace=ws, model_path="outputs/model.pkl", model_name="diabetes", model_framework=Model.Framework.SCIKITLEARN
)
print(model.id)
service = Model.deploy(ws, "diabetes-service", [model])
service.wait_for_deployment()
