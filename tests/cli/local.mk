# tests/cli - rmq-cli, as a person has it; against rmq-mock, or the cluster of RMQ_CLI_NAMESRV.
CLI_TESTS = \
	tests/cli/acl.sh \
	tests/cli/bench.sh \
	tests/cli/broken.sh \
	tests/cli/broker.sh \
	tests/cli/cluster.sh \
	tests/cli/consume.sh \
	tests/cli/group.sh \
	tests/cli/group_broken.sh \
	tests/cli/json.sh \
	tests/cli/member.sh \
	tests/cli/msg.sh \
	tests/cli/produce.sh \
	tests/cli/terminal.sh \
	tests/cli/topic.sh \
	tests/cli/usage.sh
TESTS += $(CLI_TESTS)
EXTRA_DIST += $(CLI_TESTS) tests/cli/lib.sh tests/cli/terminal.py

check_PROGRAMS += tests/cli/t_spread
tests_cli_t_spread_SOURCES = tests/cli/t_spread.c tools/cli/spread.c tools/cli/spread.h
tests_cli_t_spread_CPPFLAGS = $(TEST_CPPFLAGS)
tests_cli_t_spread_LDADD = $(TEST_BASE_LIBS) -lm
