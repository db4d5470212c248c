az ml service regen-key -n diabetes-service -k third
