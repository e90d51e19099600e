"""Everything that can go wrong in `ml`, each with a stable code that the interfaces pass on."""


class MlError(Exception):
    """Base of all errors of this package; `code` is stable, the message is for a person."""

    code = "ml_error"


class ImageError(MlError):
    """The bytes that were sent are no picture of a digit that we can use."""

    code = "image_error"


class UnsupportedImageType(ImageError):
    """A file, perhaps a fine one, of a type that we do not take."""

    code = "unsupported_image_type"


class ImageTooLarge(ImageError):
    """The header announces more pixels than we are willing to decode."""

    code = "image_too_large"


class UndecodableImage(ImageError):
    """No picture, or a damaged one."""

    code = "undecodable_image"


class BlankImage(ImageError):
    """A sound picture with nothing drawn on it."""

    code = "blank_image"


class ArtifactError(MlError):
    """A file below `models/` is missing, damaged or does not do what its sidecar says."""

    code = "artifact_error"


class ModelUnavailable(MlError):
    """A classifier that should answer cannot."""

    code = "model_unavailable"
