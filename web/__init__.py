"""The hall over HTTP: what the web, WAP and kiosk halls stand on."""
