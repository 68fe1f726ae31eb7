"""Rules: one small function each, and the engine that runs them."""
