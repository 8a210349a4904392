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

# 1,000 seeds of ten simulated minutes. One that fails is told, with how it is run alone.
check-long: tests/simulation/t_simulation$(EXEEXT)
	SIM_SEEDS=$${SIM_SEEDS-1000} SIM_MINUTES=$${SIM_MINUTES-10} CK_TIMEOUT_MULTIPLIER=300 \
		CK_VERBOSITY=normal tests/simulation/t_simulation
