"""Readers: MNIST, pen strokes, folders of images."""
