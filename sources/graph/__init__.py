"""The Graph API, shared by the Facebook page and Instagram sources."""
