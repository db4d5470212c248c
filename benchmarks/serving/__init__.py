"""Our scoring runtime beside other servers of models: who they are, how they are loaded, what is told of it."""
