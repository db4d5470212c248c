az ml model register -n diabetes -p model.pkl --tag area:health
