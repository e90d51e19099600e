"""What stops a training run, said so that its reader knows which file or class to mend."""


class TrainingError(Exception):
    """Base of all errors of this package."""


class DatasetError(TrainingError):
    """A data file is missing or damaged, or a dataset cannot be trained on."""


class ExportError(TrainingError):
    """The exported artifact does not answer as the trained classifier does."""
