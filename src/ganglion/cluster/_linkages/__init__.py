"""Beneath `linkage`: the ways from items to a table of merges; which one is taken depends on the rule and the memory.

equal_items.py   what is equal is merged first
ward.py          on vectors; spanning.py: single linkage; agglomeration.py: rounds, then a matrix
one_by_one.py    rules that are not reducible; structured.py: along the edges of a graph
"""
