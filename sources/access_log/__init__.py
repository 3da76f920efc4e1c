"""Visits and page views from web server logs."""
