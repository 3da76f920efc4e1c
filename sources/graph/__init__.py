"""What Facebook pages and Instagram accounts share: the Graph API."""
