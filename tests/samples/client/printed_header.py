import requests
import json

headers = {'Content-Type': 'application/json'}

if service.auth_enabled:
    headers['Authorization'] = 'Bearer '+service.get_keys()[1]
elif service.token_auth_enabled:
    headers['Authorization'] = 'Bearer '+service.get_token()[0]

print(headers)

body = json.dumps({'rows': [
    [0.5, 1.5, 2.5],
    [3.5, 4.5, 5.5]
]})

answer = requests.post(
    service.scoring_uri, data=body, headers=headers)
print(answer.status_code)
print(answer.elapsed)
print(answer.json())
