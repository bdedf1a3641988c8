"""Models of the Hugging Face hub: what a repository holds, what of it is in the cache, and downloading the rest."""
