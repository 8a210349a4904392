# tests/examples - the examples run as a user would, and the pages made from tables.
TESTS += tests/examples/demo.sh tests/examples/docs.sh tests/examples/examples.sh tests/examples/status-page.sh
EXTRA_DIST += tests/examples/demo.sh tests/examples/docs.sh tests/examples/examples.sh tests/examples/install.sh tests/examples/prelude.h tests/examples/status-page.sh
