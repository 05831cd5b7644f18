"""One description of data for every format: where events end, what each output is made of, what is kept."""
