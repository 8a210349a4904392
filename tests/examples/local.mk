# tests/examples - the examples run as a user would, and the pages made from tables.
TESTS += tests/examples/docs.sh tests/examples/examples.sh
EXTRA_DIST += tests/examples/docs.sh tests/examples/examples.sh tests/examples/prelude.h
