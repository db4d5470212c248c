import json

import numpy as np
import requests

scoring_uri = "http://localhost:6789/score"
headers = {"Content-Type": "application/json"}
body = json.dumps({"data": np.array([[0.1, 0.2]]).tolist()})
response = requests.post(scoring_uri, data=body, headers=headers)
print(response.json())
