"""COMPILE: from the company's rows to what the engines read, checked, published, confirmed, reversible."""
