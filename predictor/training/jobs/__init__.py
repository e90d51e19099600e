"""Jobs: pure functions of what was sent, done one after another, on this machine's cores, or on a Dask cluster."""
