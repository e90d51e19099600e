"""Data preparation: the splits of a training run, and the training data with its augmented copies and outliers."""
