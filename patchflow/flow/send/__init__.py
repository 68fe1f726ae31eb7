"""Out: mails made, gates, the page, the outbox and its journal."""
