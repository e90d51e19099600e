"""Draw a digit: the app, and below `ml` and `training` what needs no Django."""

import os

# ONNX Runtime, since 1.29, would report sessions and the machine to Microsoft, from a thread of its own.
# https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
