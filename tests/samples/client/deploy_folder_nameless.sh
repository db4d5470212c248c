az ml model deploy --ic inferenceconfig.json --dc deploymentconfig.json
