"""Google Analytics 4, through its Data API."""
