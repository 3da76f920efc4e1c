"""What an engine computes of the heavy tables, as expressions of Ibis over tables that it is given."""
