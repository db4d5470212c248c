az ml online-deployment create -f deployment.yml
