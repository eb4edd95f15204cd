"""How likely rows are under a component: by definition, in NumPy; samplers have kernels for the same numbers.

partitioned.py   rows under a partition; groups.py: rows by cluster, summed in order
families.py      a row for each family; its formulas in normals.py, semi_conjugate.py, counts.py, categories.py
"""
