"""Augmentation: distorted copies of images, and pen strokes redrawn."""
