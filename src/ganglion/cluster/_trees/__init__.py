"""Beneath `Tree`: a table of merges, and what is read off it.

merges.py        the gate; record.py: what follows from the merges at once
cutting.py       which merges a cut makes; collapsing.py: the upper part; ordering.py: what needs the distances too
"""
