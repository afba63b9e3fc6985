"""The pages of bulk runs: questions and preview, progress and outcomes."""
