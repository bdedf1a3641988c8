"""What takes space: deleting, bringing back, cleaning up."""
