"""Who may come in, and what a browser may send: hosts, origins, headers, messages, sessions, the token."""
