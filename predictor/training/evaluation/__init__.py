"""Evaluation: how good a classifier is, and whether it may become champion."""
