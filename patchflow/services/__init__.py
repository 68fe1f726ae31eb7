"""The use cases; what they need from outside is stated in ports.py."""
