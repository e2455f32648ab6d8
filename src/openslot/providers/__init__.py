"""External services behind protocols: one package per kind, one module per vendor."""
