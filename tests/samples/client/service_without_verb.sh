az ml service <name of your service>
