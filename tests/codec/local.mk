# tests/codec
