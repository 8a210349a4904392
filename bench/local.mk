# bench - programs that measure. `make bench` runs them all, BENCH=name one.
bench_programs =
noinst_PROGRAMS += $(bench_programs)
