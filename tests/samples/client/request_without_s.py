import requests
# Read the picture
picture = open('plant.png', 'rb').read()
# Send it as it is
answer = request.post(url='<address-of-the-service>', data=picture, headers={'Content-Type': 'application/octet-stream'})
