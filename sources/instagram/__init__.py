"""An Instagram account of an organisation."""
