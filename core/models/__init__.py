"""Base models: the catalogue, the starter model shipped here, and the scripts that rebuild it."""
