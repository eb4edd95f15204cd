"""Types of native/bayes_bindings.cpp: collapsed samplers of partitions."""
