"""The parts of scikit-learn that the estimators stand on, all of them public.

scikit-learn ships no types; this is the one file that pyright is told so.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportAttributeAccessIssue=false, reportMissingImports=false

from __future__ import annotations

from typing import Any

from sklearn import base
from sklearn.utils import validation

try:
    from sklearn import callback
except ImportError:  # before 1.9
    callback = None


class _NoCallbacks:
    """What scikit-learn before 1.9 knows of callbacks."""


BaseEstimator: Any = base.BaseEstimator
ClassNamePrefixFeaturesOutMixin: Any = base.ClassNamePrefixFeaturesOutMixin
ClusterMixin: Any = base.ClusterMixin
TransformerMixin: Any = base.TransformerMixin
CallbackSupportMixin: Any = _NoCallbacks if callback is None else callback.CallbackSupportMixin

check_is_fitted: Any = validation.check_is_fitted
validate_data: Any = validation.validate_data
with_callbacks: Any = None if callback is None else callback.with_callbacks
