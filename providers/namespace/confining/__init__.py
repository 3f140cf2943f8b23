"""Programs of strangers, run without network, privileges or the machine's files: one process, no container of a stack's own."""
