"""Loss terms, and the regularisers that stand beside them."""
