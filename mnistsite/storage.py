"""Static files under names that hold their content's hash, compressed, for WhiteNoise to serve for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True  # without it, imports between modules keep their unhashed names
