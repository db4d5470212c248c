az ml model delete <id of your model>
