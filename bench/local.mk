# bench - programs that measure. `make bench` runs them all, BENCH=name one.
bench_programs =
noinst_PROGRAMS += $(bench_programs)

bench_programs += bench/codec_bench
bench_codec_bench_SOURCES = bench/codec_bench.c
bench_codec_bench_LDADD = src/libcodec.la src/libbase.la
