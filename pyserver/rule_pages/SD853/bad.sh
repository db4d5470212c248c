az ml model register -n diabetes -p model.pkl --asset-path outputs/model.pkl --experiment-name ridge --run-id ridge_1
