"""Mail as text: messages, mailboxes, threads, quotes, comments, and whose address is whose."""
