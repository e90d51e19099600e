"""The SVM, the networks, and the features that the SVM and the MLP use."""

import os

# TensorFlow reads both once, when it is first imported. oneDNN trains a convolutional network in a third of the time,
# but of its own accord TensorFlow uses it only on processors with instructions for neural networks (AVX512_VNNI).
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
