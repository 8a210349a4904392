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

fuzz_programs += tests/fuzz/fuzz_frame
tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz_frame.c $(fuzz_main)
tests_fuzz_fuzz_frame_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_frame_LDADD = src/libcodec.la src/libbase.la

fuzz_programs += tests/fuzz/fuzz_command
tests_fuzz_fuzz_command_SOURCES = tests/fuzz/fuzz_command.c $(fuzz_main)
tests_fuzz_fuzz_command_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_command_LDADD = src/libcodec.la src/libbase.la

fuzz_programs += tests/fuzz/fuzz_body
tests_fuzz_fuzz_body_SOURCES = tests/fuzz/fuzz_body.c $(fuzz_main)
tests_fuzz_fuzz_body_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_body_LDADD = src/libcodec.la src/libbase.la

fuzz_programs += tests/fuzz/fuzz_compress
tests_fuzz_fuzz_compress_SOURCES = tests/fuzz/fuzz_compress.c $(fuzz_main)
tests_fuzz_fuzz_compress_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_compress_LDADD = src/libcodec.la src/libbase.la

fuzz_programs += tests/fuzz/fuzz_json
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(fuzz_main)
tests_fuzz_fuzz_json_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_json_LDADD = src/libcodec.la src/libbase.la $(JANSSON_LIBS)

fuzz_programs += tests/fuzz/fuzz_message
tests_fuzz_fuzz_message_SOURCES = tests/fuzz/fuzz_message.c $(fuzz_main)
tests_fuzz_fuzz_message_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_message_LDADD = src/libcodec.la src/libbase.la

fuzz_programs += tests/fuzz/fuzz_properties
tests_fuzz_fuzz_properties_SOURCES = tests/fuzz/fuzz_properties.c $(fuzz_main)
tests_fuzz_fuzz_properties_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_properties_LDADD = src/libcodec.la src/libbase.la

fuzz_programs += tests/fuzz/fuzz_subscription
tests_fuzz_fuzz_subscription_SOURCES = tests/fuzz/fuzz_subscription.c $(fuzz_main)
tests_fuzz_fuzz_subscription_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_subscription_LDADD = src/libcodec.la src/libbase.la

fuzz_programs += tests/fuzz/fuzz_recovery
tests_fuzz_fuzz_recovery_SOURCES = tests/fuzz/fuzz_recovery.c \
	tests/support/mem_fs.c tests/support/mem_fs.h $(fuzz_main)
tests_fuzz_fuzz_recovery_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_recovery_LDADD = mock-broker/libmockbroker.la src/libnet.la src/libcodec.la \
	src/libbase.la

fuzz_programs += tests/fuzz/fuzz_filter
tests_fuzz_fuzz_filter_SOURCES = tests/fuzz/fuzz_filter.c $(fuzz_main)
tests_fuzz_fuzz_filter_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_filter_LDADD = mock-broker/libmockbroker.la src/libnet.la src/libcodec.la \
	src/libbase.la

fuzz_programs += tests/fuzz/fuzz_accounts
tests_fuzz_fuzz_accounts_SOURCES = tests/fuzz/fuzz_accounts.c $(fuzz_main)
tests_fuzz_fuzz_accounts_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_accounts_LDADD = mock-broker/libmockbroker.la src/libnet.la src/libcodec.la \
	src/libbase.la

fuzz_programs += tests/fuzz/fuzz_conf
tests_fuzz_fuzz_conf_SOURCES = tests/fuzz/fuzz_conf.c $(fuzz_main)
tests_fuzz_fuzz_conf_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_conf_LDADD = mock-broker/libmockbroker.la src/libnet.la src/libcodec.la \
	src/libbase.la
