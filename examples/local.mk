# examples - one small program a use of the public headers; built, not installed.
