"""Machines in the files of other programs: read into drafts of ours, and written for them."""
