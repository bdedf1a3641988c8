"""What the pages are drawn from: a folder per page, and at the top what several pages share."""
