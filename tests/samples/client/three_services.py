from azureml.core.webservice import AksWebservice, LocalWebservice, AciWebservice
