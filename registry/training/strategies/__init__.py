"""What a stage may ask for beyond its batches, each in a file of its own."""
