"""YouTube: public counters from the Data API, and the owner's daily reports from the Analytics API."""
