"""Types of native/partition_bindings.cpp: partitions of the same items: losses, searches, similarities."""
