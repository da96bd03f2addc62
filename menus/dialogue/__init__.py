"""The dialogue of all halls: session and input to session and events."""
