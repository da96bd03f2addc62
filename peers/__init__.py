"""What stands in for the world where there is none: a softphone, a handset, an SMSC."""
