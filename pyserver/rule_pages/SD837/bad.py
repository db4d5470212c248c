import requests
from azureml.core import Workspace
from azureml.core.webservice import AksWebservice

service = AksWebservice(Workspace.from_config(), "diabetes-service")
headers = {"Content-Type": "application/json", "Authorization": "Bearer " + service.get_keys()[0]}
response = requests.post(service.scoring_uri, data='{"data": [[0.1, 0.2]]}', headers=headers)
print(headers)
print(response.status_code)
