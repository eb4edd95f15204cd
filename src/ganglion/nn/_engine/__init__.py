"""What trains and computes a network: the compiled program, the autodiff engine beside it, and what both are made from.

stages.py      layers without nesting, which everything below reads
program.py     a network in the native trainer; rules.py, memory.py: what it is told, what it may take
recorded.py    the same interface through autodiff, for functions of the caller's own; made of computing.py,
               dropping.py, predicting.py and products.py
stepping.py    optimisers that step in Python, over either engine
choosing.py    which engine a network gets
"""
