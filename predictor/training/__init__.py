"""The trainer: the only package that uses TensorFlow and scikit-learn. It does not import Django."""
