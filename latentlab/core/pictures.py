def write(run, dataset, folder): pass
