"""The errors of `ml`, each with a stable code that the interfaces pass on."""


class MlError(Exception):
    """Base of all errors of this package; `code` is stable, the message is for people."""

    code = "ml_error"


class ImageError(MlError):
    """The bytes that were sent are not a usable picture of a digit."""

    code = "image_error"


class UnsupportedImageType(ImageError):
    """The file is of a type that is not supported."""

    code = "unsupported_image_type"


class ImageTooLarge(ImageError):
    """The header declares more pixels than are decoded here."""

    code = "image_too_large"


class UndecodableImage(ImageError):
    """The file is not a picture, or is damaged."""

    code = "undecodable_image"


class BlankImage(ImageError):
    """The picture is valid, but nothing is drawn on it."""

    code = "blank_image"


class ArtifactError(MlError):
    """A file below `models/` is missing or damaged, or does not do what its sidecar says."""

    code = "artifact_error"


class ModelUnavailable(MlError):
    """A classifier that should answer cannot."""

    code = "model_unavailable"


class StrokesError(MlError, ValueError):
    """The strokes have another form than expected, or there is nothing in them that can be read."""

    code = "strokes_error"
