"""Small widgets and scene items that panels are built from; each knows arrays, none knows a model."""
