"""Google: how the sources that ask it show who they are, and what its errors mean."""
