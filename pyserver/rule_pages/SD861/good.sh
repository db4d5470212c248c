az ml service regen-key -n diabetes-service -k Primary
