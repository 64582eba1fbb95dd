"""The demonstration district: made whole from one seed, and written into a home folder.

``generate.generate`` makes it, ``build.build`` writes it. Nothing is imported here, so that a
demonstration that is built already starts at once.
"""
