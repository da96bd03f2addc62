"""What a customer's words mean: codes, keywords, and what they carry."""
