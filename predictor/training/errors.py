"""The errors that stop a training run; their messages name the file or the digit to correct."""


class TrainingError(Exception):
    """Base of all errors of this package."""


class DatasetError(TrainingError):
    """A data file is missing or damaged, or a dataset cannot be trained on."""


class ExportError(TrainingError):
    """The exported artifact does not give the probabilities of the trained classifier."""
