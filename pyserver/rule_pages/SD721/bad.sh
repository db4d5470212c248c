az ml model deploy -n diabetes -m diabetes:1 --ic inferenceconfig.json --dc deploymentconfig.json
