import json
from azureml.core import Datastore
from azureml.core.dataset import Dataset
from azureml.data import dataset_type_definitions

body = {'rows': [[0.5, 1.5, 2.5], [3.5, 4.5, 5.5]]}
# one line of the file is one request
line = json.dumps(body)
lines = []
for _ in range(40):
    lines.append(line)
lines = '\n'.join(lines)
name = 'requests.txt'
file = open(name, 'w')
file.write(lines)
file.close()

store = Datastore.get_default(ws)
store.upload_files(['./' + name], target_path='profiling')
paths = [(store, 'profiling' + '/' + name)]
rows = Dataset.Tabular.from_delimited_files(
    paths, separator='\n',
    infer_column_types=True,
    header=dataset_type_definitions.PromoteHeadersBehavior.NO_HEADERS)
rows = rows.register(workspace=ws,
                     name='profiling_rows',
                     create_new_version=True)
