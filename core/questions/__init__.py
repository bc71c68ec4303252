"""What can be asked about a model at two moments, a topic a file, each question with the record that answers it.

This is the whole interface to a worker. Nothing here imports torch: these records are all that the dashboard's server
process ever sees of a model.
"""
