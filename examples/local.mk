# examples - one small program a use of the public headers; built, not installed.
# tests/examples/examples.sh runs them against rmq-mock.
noinst_PROGRAMS += examples/produce examples/consume examples/test_with_mock
examples_produce_SOURCES = examples/produce.c
examples_produce_LDADD = librocketmq-c.la
examples_consume_SOURCES = examples/consume.c
examples_consume_LDADD = librocketmq-c.la
examples_test_with_mock_SOURCES = examples/test_with_mock.c
examples_test_with_mock_LDADD = librocketmq-c-mock.la librocketmq-c.la
