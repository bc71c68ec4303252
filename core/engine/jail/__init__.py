"""What a worker may not do: bounds, Landlock, seccomp, and the probes that try them."""
