"""Networks as files that other programs run: ONNX, one file of C, one file of Python."""

from .writing import export

__all__ = ["export"]
