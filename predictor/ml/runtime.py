"""One classifier, ready to answer: an ONNX Runtime session that has passed its self-test.

ONNX Runtime is imported in a tenth of a second and predicts in tenths of a millisecond; the training frameworks take
seconds and hundreds of megabytes. Sessions do not survive `fork()`: make them in the process that uses them. They start
no threads: the images are small, and the server has threads of its own.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictor.ml.artifacts import Sidecar, read_artifact, read_sidecar
from predictor.ml.errors import ArtifactError, ModelUnavailable
from predictor.ml.inputs import Inputs, input_of
from predictor.ml.kinds import KINDS

if TYPE_CHECKING:
    import onnxruntime

Probabilities: TypeAlias = NDArray[np.float32]

TOLERANCE: Final = 1e-3  # of probabilities in the self-test: processors round differently, but not by more

OPSET: Final = 20  # the version of ONNX's operators that artifacts are written in


class SupportsProbabilities(Protocol):
    """Anything that predicts probabilities, float32 (n, 10), from inputs as its kind takes them: see `inputs`."""

    def probabilities(self, inputs: Inputs, /) -> Probabilities: ...


class Classifier:
    """A published version of a kind. Safe to use from several threads."""

    def __init__(self, sidecar: Sidecar, artifact: bytes) -> None:
        """Start a session with `artifact` and test it.

        Raises:
            ArtifactError: it is of no kind, does not load, takes other inputs, was trained with another preprocessing,
                or fails its self-test.
        """
        self.sidecar = sidecar
        self.kind = sidecar.kind
        self.version = sidecar.version
        if self.kind not in KINDS:
            raise ArtifactError(f"There is no kind {self.kind!r}.")
        self.takes = input_of(self.kind)
        if sidecar.preprocessing != self.takes.preprocessing:
            raise ArtifactError(
                f"{self} was trained with preprocessing {sidecar.preprocessing}, not {self.takes.preprocessing}."
            )
        self._session = _session(str(self), artifact, self.takes.shape)
        self._input = self._session.get_inputs()[0].name
        self._self_test()

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}"

    @property
    def weight(self) -> float:
        """What its probabilities count in the consensus."""
        return float(self.sidecar.calibration.get("weight", 1.0))

    def probabilities(self, inputs: Inputs, /) -> Probabilities:
        """Predict probabilities, float32 (n, 10), each row summing to 1.

        Args:
            inputs: float32 (n, *takes.shape): images, (n, 28, 28) in [0, 1], or trajectories, (n, POINTS, CHANNELS).

        Raises:
            ModelUnavailable: ONNX Runtime fails.
        """
        try:
            answer: Probabilities = self._session.run(None, {self._input: inputs})[0]
        except Exception as error:  # ONNX Runtime's error classes have no other base in common
            raise ModelUnavailable(f"{self} cannot answer: {error}") from error
        return answer

    def _self_test(self) -> None:
        expected = self.sidecar.selftest.probabilities
        try:
            answer = self.probabilities(self.takes.to_floats(self.sidecar.selftest.given)[None])
        except ModelUnavailable as error:
            raise ArtifactError(str(error)) from error
        if not isinstance(answer, np.ndarray) or answer.dtype.kind != "f" or answer.shape != (1, 10):
            raise ArtifactError(f"{self} does not answer with ten probabilities.")
        if not np.allclose(answer[0], expected, atol=TOLERANCE, rtol=0):
            raise ArtifactError(f"{self} fails its self-test: {answer.tolist()} is not {expected.tolist()}.")


def load(directory: Path) -> Classifier:
    """Load a published version from its directory.

    Raises:
        ArtifactError: see `read_sidecar`, `read_artifact` and `Classifier`; or whatever else is wrong with it.
    """
    name = f"{directory.parent.name}/{directory.name}"
    try:
        sidecar = read_sidecar(directory)
        if (sidecar.kind, f"v{sidecar.version}") != (directory.parent.name, directory.name):
            raise ArtifactError(f"{name} holds {sidecar.kind} v{sidecar.version}.")
        return Classifier(sidecar, read_artifact(directory, sidecar))
    except (ArtifactError, MemoryError, ImportError):  # the last two are not the version's fault
        raise
    except Exception as error:  # nobody knows all that a damaged file can lead to
        raise ArtifactError(f"{name} cannot be loaded: {str(error) or type(error).__name__}") from error


def _session(name: str, artifact: bytes, shape: tuple[int, int]) -> "onnxruntime.InferenceSession":
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)  # a failed self-test raises an error of ours; no need to log it too
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # an arena would hold memory that these small graphs never need
    try:
        session = onnxruntime.InferenceSession(artifact, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # see Classifier.probabilities
        raise ArtifactError(f"{name} is not an artifact that ONNX Runtime loads: {error}") from error
    session.disable_fallback()  # there is no other provider to fall back to, and for nothing else it keeps the artifact
    session._model_bytes = None
    shapes = [tensor.shape[1:] for tensor in session.get_inputs()]
    if shapes != [[*shape]]:
        raise ArtifactError(f"{name} takes {shapes}, not one input of (n, {shape[0]}, {shape[1]}).")
    return session
