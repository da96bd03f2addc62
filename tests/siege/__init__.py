"""The attacks and loads that a hall must stand, with honest callers and texters beside each."""
