"""Deployments and the model servers behind them."""
