"""What operators see of a running process: logs, and the id that ties the lines of one act together."""
