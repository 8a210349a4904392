# tests/consumer
