"""Mini-batch k-means: centres learnt from small random batches, with a rate of its own for each centre."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .._arrays import Labels, Real, check_samples_or_sparse, check_weights
from .._errors import GanglionWarning, ParameterError
from .._random import RandomState, generator
from ..progress import Progress, Step
from ._batches import BatchRule, MiniBatchState, advance, begin
from ._rows import Source
from .kmeans import Init, check_n_clusters
from .prediction import nearest_and_inertia
from .prepared import prepare
