"""Training, cross-validating and evaluating classifiers, and fetching data to train on."""
