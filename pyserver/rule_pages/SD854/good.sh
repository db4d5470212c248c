az ml model profile -n ridge --idi 5a3b8d2c --ic inferenceconfig.json -m diabetes:1
