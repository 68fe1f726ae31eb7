"""Patches as text: subject, message, trailers, diff, cover, and the mails made of them."""
