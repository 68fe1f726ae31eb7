"""Guests under QEMU: the machine, its initramfs, and what runs in it."""
