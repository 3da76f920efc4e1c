"""Records of a repository over OAI-PMH."""
