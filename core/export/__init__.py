"""Merged models to GGUF: conversion, quantization, parity."""
