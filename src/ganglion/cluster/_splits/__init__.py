"""Beneath the divisive methods.

splitting.py     the loop that all of them share; splitters.py: which cluster is next, and how it is split
two_means.py     one split of bisecting k-means
"""
