az ml model deploy -n mood-service -m moods:1 --ic inferenceConfig.json --dc deploymentConfig.json
