"""The options of the engine and the parameters of blocks: declared once, and checked where they were written."""
