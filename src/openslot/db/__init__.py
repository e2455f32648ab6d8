"""PostgreSQL: one file per table family, SQL beside the function that runs it; every function takes ``conn``."""
