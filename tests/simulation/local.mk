# tests/simulation - clusters and clients of every kind, to whom seeds let things happen. doc/simulation.md

simulation_world = \
	tests/simulation/audit.c \
	tests/simulation/audit.h \
	tests/simulation/ends.c \
	tests/simulation/faults.c \
	tests/simulation/members.c \
	tests/simulation/pollers.c \
	tests/simulation/senders.c \
	tests/simulation/world.c \
	tests/simulation/world.h \
	tests/simulation/world_impl.h

check_PROGRAMS += tests/simulation/t_simulation
tests_simulation_t_simulation_SOURCES = tests/simulation/t_simulation.c $(simulation_world)
tests_simulation_t_simulation_CPPFLAGS = $(TEST_CPPFLAGS)
tests_simulation_t_simulation_LDADD = $(TEST_PUBLIC_LIBS)

# With the sources that make the mistakes of src/base/planted.def, compiled once more; the others are those of the
# libraries. No test of `make check`: it searches.
EXTRA_PROGRAMS = tests/simulation/t_planted
CLEANFILES += tests/simulation/t_planted$(EXEEXT)
planted_sources = \
	mock-broker/broker/end_transaction.c \
	mock-broker/broker/offsets.c \
	mock-broker/broker/revive.c \
	mock-broker/broker/schedule.c \
	mock-broker/broker/send_back.c \
	mock-broker/broker/send_wait.c \
	mock-broker/broker/transaction_check.c \
	mock-broker/broker/transactions.c \
	mock-broker/store/flush_job.c \
	src/client/dedup.c \
	src/client/heartbeat.c \
	src/consumer/acking.c \
	src/consumer/mq.c \
	src/consumer/queue_locks.c \
	src/consumer/send_back.c \
	src/consumer/subscriptions.c \
	src/producer/requests.c
tests_simulation_t_planted_SOURCES = tests/simulation/t_planted.c $(simulation_world) $(planted_sources)
tests_simulation_t_planted_CPPFLAGS = $(TEST_CPPFLAGS) -DRMQI_PLANTS
tests_simulation_t_planted_LDADD = \
	mock-broker/libmockbroker.la \
	src/libapi.la \
	src/libadmin.la \
	src/libconsumer.la \
	src/libproducer.la \
	$(TEST_SEND_LIBS)

check-planted: tests/simulation/t_planted$(EXEEXT)
	CK_TIMEOUT_MULTIPLIER=100 CK_VERBOSITY=normal tests/simulation/t_planted

# 1,000 seeds of ten simulated minutes. One that fails is told, with how it is run alone. And the mistakes that they
# have to find.
check-long: tests/simulation/t_simulation$(EXEEXT) check-planted
	SIM_SEEDS=$${SIM_SEEDS-1000} SIM_MINUTES=$${SIM_MINUTES-10} CK_TIMEOUT_MULTIPLIER=300 \
		CK_VERBOSITY=normal tests/simulation/t_simulation
