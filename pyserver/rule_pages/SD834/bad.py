from azureml.core import Workspace
from azureml.core.webservice import AciWebservice

service = AciWebservice(Workspace.from_config(), "diabetes-service")
print(service.run({"data": [[0.1, 0.2]]}))
