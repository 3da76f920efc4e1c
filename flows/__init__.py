"""The sentences: plain steps, the Prefect flows over them and the command line."""
