model = run.register_model(model_name='house_prices',
                           tags={'region': 'north'},
                           model_path='outputs/house_prices.pkl')
print(model.name, model.id, model.version, sep=' | ')
