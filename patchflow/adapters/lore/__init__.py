"""lore.kernel.org and other public inboxes, through liblore."""
