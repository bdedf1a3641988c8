"""The studio's pages, one file each: widgets, one use case, a drawing."""
