"""What protects a server: host and origin checks, body limits, security headers, keys. Light: no framework."""
