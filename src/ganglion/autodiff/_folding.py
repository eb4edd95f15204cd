def fold(*a): raise NotImplementedError
