# tests/producer
