"""The files that people download from LinkedIn, Meta, YouTube and X."""
