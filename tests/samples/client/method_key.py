import json


body = json.dumps({
    'data': [
        [ 0.5,  1.5, -2.5, 0.25],
        [ 1.0, -1.0,  0.0, 0.75]
    ],
    'method': 'predict'  # a class, not its probability
})

answer = service.run(body)

print(answer)
