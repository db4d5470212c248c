az ml model profile -n ridge --i diabetes:1 --ic inferenceconfig.json -m diabetes:1
