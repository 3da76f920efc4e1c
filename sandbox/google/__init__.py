"""Google's interfaces, simulated from its discovery documents and help pages."""
