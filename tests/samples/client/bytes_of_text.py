import json

rows = json.dumps({'rows': [
    [0.5,1.5,2.5],
    [3.5,4.5,5.5]
]})
rows = bytes(rows,encoding = 'utf8')

answer = service.run(input_data = rows)
print(answer)
