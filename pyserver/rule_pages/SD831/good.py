import requests

scoring_uri = "http://localhost:6789/score"
body = {"data": [[0.1, 0.2]]}
response = requests.post(scoring_uri, json=body)
print(response.json())
