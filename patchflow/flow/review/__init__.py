"""Back: mail taken in, threads, comments, replies, Patchwork."""
