"""The memory: rows, hash chains and one writer. It knows rows, not meanings."""
