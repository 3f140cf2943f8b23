"""The Linux system calls that Python lacks, by ctypes. Standard library only: the shim runs on it."""
