from azureml.core import Workspace
from azureml.core.model import Model

ws = Workspace.from_config()
model = Model.register(
    workspace=ws,
    model_path="outputs/model.pkl",
    model_name="diabetes",
    model_framework=Model.Framework.SCIKITLEARN,
    model_framework_version="1.5.1",
)
print(model.id)
