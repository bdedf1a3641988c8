"""The findings of a data report, and the verdict they lead to."""
