"""Picture files, as anybody may send them: decoded to grey levels, and stripped of everything else."""

from predictor.ml.pictures.decoding import BLANK, MEDIA_TYPES, Gray, Picture, decode, read
from predictor.ml.pictures.limits import MAX_AREA, MAX_SIDE
from predictor.ml.pictures.stripping import strip

__all__ = ["BLANK", "MAX_AREA", "MAX_SIDE", "MEDIA_TYPES", "Gray", "Picture", "decode", "read", "strip"]
