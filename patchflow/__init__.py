"""patchflow carries a patch series to the Linux kernel's lists and back."""

__version__ = "0.1.0"
