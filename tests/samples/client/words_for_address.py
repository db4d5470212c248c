import requests
import json

scoring_uri = 'the address that the service printed'
headers = {'Content-Type':'application/json'}

body = json.dumps({'sentence': 'What a lovely morning'})

answer = requests.post(scoring_uri, data=body, headers=headers)
print(answer.status_code)
print(answer.elapsed)
print(answer.json())
