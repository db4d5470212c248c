import requests
import json

# Where the container listens.
shop_url = 'http://localhost:7001/score'

rows = {"rows":
        [
            [ 0.5, 1.5, 2.5 ],
            [ 3.5, 4.5, 5.5 ]
        ]
        }
# Text, not an object.
body = json.dumps(rows)

# What it is.
headers = {'Content-Type': 'application/json'}

# Ask.
answer = requests.post(shop_url, body, headers=headers)
print(answer.text)
