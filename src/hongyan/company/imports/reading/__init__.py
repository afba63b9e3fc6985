"""Sheets as they come from offices: .xlsx and .csv made into rows of plain cells, within bounds."""
