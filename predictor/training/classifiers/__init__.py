"""The SVM, the MLP and the CNN, and the features that the first two use."""
