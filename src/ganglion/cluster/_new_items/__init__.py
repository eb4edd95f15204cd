"""Where items belong that a tree was not made from.

membership.py    what a linkage needs to know of its clusters; joining.py: which of them an item joins
descent.py       down the splits of a divisive tree
apart.py         how far the tree's own items lie from their clusters, to compare with
"""
