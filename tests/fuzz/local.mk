# tests/fuzz - one LLVMFuzzerTestOneInput a decoder.
#
# Under --with-fuzzer it is a libFuzzer program; otherwise tests/fuzz/replay.c is
# its main() and `make check` replays tests/fuzz/corpus/NAME/.
#
#     fuzz_programs += tests/fuzz/fuzz_frame
#     tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz_frame.c $(fuzz_main)
#     tests_fuzz_fuzz_frame_LDFLAGS = $(fuzz_ldflags)
#     tests_fuzz_fuzz_frame_LDADD = src/libcodec.la src/libbase.la
fuzz_programs =
fuzz_ldflags = $(AM_LDFLAGS) $(FUZZER_LDFLAGS)
if ENABLE_FUZZER
fuzz_main =
noinst_PROGRAMS += $(fuzz_programs)
else
fuzz_main = tests/fuzz/replay.c
check_PROGRAMS += $(fuzz_programs)
endif
EXTRA_DIST += tests/fuzz/replay.c
