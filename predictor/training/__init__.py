"""The trainer: the only room with TensorFlow and scikit-learn. Plain Python, knows nothing of Django."""
