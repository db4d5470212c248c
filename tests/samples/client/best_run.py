    text = 'Best of the night'
    model = run.register_model(description = text,
                               tags={'region': 'north'})

    print(run.model_id)
