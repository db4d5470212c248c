az ml model register -n diabetes --asset-path outputs/model.pkl --experiment-name ridge --run-id ridge_1
