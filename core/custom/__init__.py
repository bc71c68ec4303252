"""Code that a person wrote: read, run and reported on, in a worker; text and records only anywhere else."""
