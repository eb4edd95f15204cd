def derivation(*a): raise NotImplementedError
