"""Access and errors that the Google sources share."""
