"""The parts of scikit-learn that the estimators stand on, all of them public.

scikit-learn ships no types; this is the one file that pyright is told so.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportAttributeAccessIssue=false, reportMissingImports=false

from __future__ import annotations

from typing import Any

from scipy import sparse
from sklearn import base
from sklearn.utils import multiclass, validation
from sklearn.utils.metaestimators import available_if as _available_if

try:
    from sklearn import callback
except ImportError:  # before 1.9
    callback = None


class _NoCallbacks:
    """What scikit-learn before 1.9 knows of callbacks."""


BaseEstimator: Any = base.BaseEstimator
ClassifierMixin: Any = base.ClassifierMixin
ClassNamePrefixFeaturesOutMixin: Any = base.ClassNamePrefixFeaturesOutMixin
ClusterMixin: Any = base.ClusterMixin
RegressorMixin: Any = base.RegressorMixin
TransformerMixin: Any = base.TransformerMixin
CallbackSupportMixin: Any = _NoCallbacks if callback is None else callback.CallbackSupportMixin

available_if: Any = _available_if
check_classification_targets: Any = multiclass.check_classification_targets
check_is_fitted: Any = validation.check_is_fitted
csr_matrix: Any = sparse.csr_matrix
column_or_1d: Any = validation.column_or_1d
type_of_target: Any = multiclass.type_of_target
validate_data: Any = validation.validate_data
with_callbacks: Any = None if callback is None else callback.with_callbacks


def scorer_named(name: str) -> Any:
    """Return scikit-learn's scorer of a name; its metrics are imported for those who ask for one."""
    from sklearn.metrics import get_scorer

    return get_scorer(name)


def scorer_names() -> list[str]:
    """Return the names of scikit-learn's scorers."""
    from sklearn.metrics import get_scorer_names

    return list(get_scorer_names())
