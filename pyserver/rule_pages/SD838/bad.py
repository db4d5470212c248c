import requests
from azureml.core import Workspace
from azureml.core.webservice import AksWebservice

service = AksWebservice(Workspace.from_config(), "diabetes-service")
headers = {"Content-Type": "application/json", "Authorization": "Bearer 8f0c1f5e2a7b4d6c9e3f1a2b3c4d5e6f"}
response = requests.post(service.scoring_uri, data='{"data": [[0.1, 0.2]]}', headers=headers)
print(response.status_code)
