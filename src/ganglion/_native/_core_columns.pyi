"""Types of native/columns_bindings.cpp: component families whose columns are independent."""
