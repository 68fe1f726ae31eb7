"""QEMU's trace files."""
