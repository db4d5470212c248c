az ml model deploy -m house_prices:3 --ic inferenceconfig.json --dc deploymentconfig.json
