"""Beneath `variational`: a mean-field approximation.

features.py      families by what is expected given their sums; sticks.py: the weights of clusters
fits.py          the sweeps; births.py: new clusters; drawing.py: draws from what was found
"""
