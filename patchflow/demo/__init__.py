"""The demo: the whole road, played with the real commands on a real tree and a loopback mail server."""
