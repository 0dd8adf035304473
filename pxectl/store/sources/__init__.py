"""`[[source]]`: machines that others know of, beside the files of the site."""
