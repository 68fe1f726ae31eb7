"""Mail files, the mail index, and git send-email."""
