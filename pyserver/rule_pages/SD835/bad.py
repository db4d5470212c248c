import json

import requests

scoring_uri = "localhost:6789/score"
headers = {"Content-Type": "application/json"}
body = json.dumps({"data": [[0.1, 0.2]]})
response = requests.post(scoring_uri, data=body, headers=headers)
print(response.json())
