# tests/simulation - clusters and clients of every kind, to whom seeds let things happen.

check_PROGRAMS += tests/simulation/t_simulation
tests_simulation_t_simulation_SOURCES = \
	tests/simulation/audit.c \
	tests/simulation/audit.h \
	tests/simulation/t_simulation.c \
	tests/simulation/world.c \
	tests/simulation/world.h
tests_simulation_t_simulation_CPPFLAGS = $(TEST_CPPFLAGS)
tests_simulation_t_simulation_LDADD = $(TEST_PUBLIC_LIBS)

# 1,000 seeds of ten simulated minutes. One that fails is told, with how it is run alone.
check-long: tests/simulation/t_simulation
	SIM_SEEDS=$${SIM_SEEDS-1000} SIM_MINUTES=$${SIM_MINUTES-10} CK_TIMEOUT_MULTIPLIER=300 \
		CK_VERBOSITY=normal CK_TAP_LOG_FILE_NAME=- tests/simulation/t_simulation
