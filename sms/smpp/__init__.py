"""SMPP 3.4: ``pdu`` (hot codec), ``rare`` (binds, by smpplib), ``wire`` (a connection), ``link`` (ESME)."""
