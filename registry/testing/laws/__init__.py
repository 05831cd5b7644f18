"""The laws, one a module; each has a `name`, says whether it is `slow`, and defines `applies` and `check`."""
