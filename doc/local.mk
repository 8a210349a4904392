# doc - pages that are made from tables of the code. `make update-docs` writes
# them; tests/codec/protocol_doc.sh and tests/examples/docs.sh find those that are
# out of date.
#
# `make doc-html` writes the API reference, doc/html/index.html in the build tree. It shows headers in the
# order in which one reads them.
noinst_PROGRAMS += doc/gen_protocol doc/gen_configuration doc/gen_reference
doc_gen_protocol_SOURCES = doc/gen_protocol.c
doc_gen_protocol_LDADD = src/libcodec.la src/libbase.la
doc_gen_configuration_SOURCES = doc/gen_configuration.c
doc_gen_configuration_LDADD = librocketmq-c-mock.la librocketmq-c.la
doc_gen_reference_SOURCES = \
	doc/gen_reference.c \
	doc/gen_reference.h \
	doc/gen_reference_html.c \
	doc/gen_reference_man.c \
	doc/gen_reference_read.c \
	doc/gen_reference_text.c

reference_pages = \
	$(srcdir)/include/rocketmq/rocketmq.h \
	$(srcdir)/include/rocketmq/common.h \
	$(srcdir)/include/rocketmq/error.h \
	$(srcdir)/include/rocketmq/log.h \
	$(srcdir)/include/rocketmq/config.h \
	$(srcdir)/include/rocketmq/queue.h \
	$(srcdir)/include/rocketmq/message.h \
	$(srcdir)/include/rocketmq/messages.h \
	$(srcdir)/include/rocketmq/producer.h \
	$(srcdir)/include/rocketmq/send.h \
	$(srcdir)/include/rocketmq/hooks.h \
	$(srcdir)/include/rocketmq/transaction.h \
	$(srcdir)/include/rocketmq/request.h \
	$(srcdir)/include/rocketmq/statistics.h \
	$(srcdir)/include/rocketmq/flow.h \
	$(srcdir)/include/rocketmq/push_consumer.h \
	$(srcdir)/include/rocketmq/consume_hooks.h \
	$(srcdir)/include/rocketmq/lite_pull_consumer.h \
	$(srcdir)/include/rocketmq/pull_consumer.h \
	$(srcdir)/include/rocketmq/simple_consumer.h \
	$(srcdir)/include/rocketmq/dedup.h \
	$(srcdir)/include/rocketmq/admin.h \
	$(srcdir)/include/rocketmq/admin_topic.h \
	$(srcdir)/include/rocketmq/admin_group.h \
	$(srcdir)/include/rocketmq/admin_message.h \
	$(srcdir)/include/rocketmq/admin_access.h \
	$(srcdir)/include/rocketmq/admin_broker.h \
	$(srcdir)/include/rocketmq/properties.h \
	$(srcdir)/include/rocketmq/mock.h \
	$(srcdir)/include/rocketmq/mock_fault.h \
	$(srcdir)/include/rocketmq/mock_node.h \
	$(srcdir)/include/rocketmq/mock_broker.h \
	$(srcdir)/include/rocketmq/mock_time.h \
	$(srcdir)/include/rocketmq/mock_disk.h \
	$(srcdir)/include/rocketmq/mock_record.h \
	$(srcdir)/include/rocketmq/mock_message.h \
	$(srcdir)/include/rocketmq/mock_group.h \
	include/rocketmq/version.h

# gen_reference writes its pages and ends: what it holds then is no leak.
leaks_are_fine = ASAN_OPTIONS=$$ASAN_OPTIONS:detect_leaks=0; export ASAN_OPTIONS

.PHONY: doc-html
doc-html: doc/html/index.html
	@echo "doc/html/index.html"
doc/html/index.html: doc/gen_reference$(EXEEXT) $(reference_pages)
	@$(MKDIR_P) doc/html
	$(AM_V_GEN)$(leaks_are_fine); doc/gen_reference$(EXEEXT) $(PACKAGE_VERSION) $(reference_pages) >$@.new && mv $@.new $@
CLEANFILES += doc/html/index.html doc/html/index.html.new

# Manual pages of the library: one a header, and for each function one that leads there. Who compiles for another
# machine cannot make them.
if RUNS_HERE
all-local: doc/man.made
doc/man.made: doc/gen_reference$(EXEEXT) $(reference_pages)
	@rm -rf doc/man && $(MKDIR_P) doc/man
	$(AM_V_GEN)$(leaks_are_fine); doc/gen_reference$(EXEEXT) --man doc/man $(PACKAGE_VERSION) $(reference_pages) && touch $@
install-data-local: doc/man.made
	@$(MKDIR_P) "$(DESTDIR)$(mandir)/man3"
	$(INSTALL_DATA) doc/man/*.3 "$(DESTDIR)$(mandir)/man3"
uninstall-local: doc/man.made
	@cd doc/man && for page in *.3; do rm -f "$(DESTDIR)$(mandir)/man3/$$page"; done
clean-local:
	rm -rf doc/man doc/man.made
endif

EXTRA_DIST += doc/CONFIGURATION.md doc/api.md doc/architecture.md doc/compatibility.md doc/close-matrix.md doc/fault-matrix.md doc/simulation.md doc/introduction.md doc/measuring.md doc/migration.md doc/mock.md doc/protocol.md doc/statistics.schema.json \
	doc/consumer_statistics.schema.json

.PHONY: update-docs
update-docs: tools/rmq-cli$(EXEEXT) doc/gen_protocol$(EXEEXT) doc/gen_configuration$(EXEEXT) tests/api/t_fault_matrix$(EXEEXT) \
	tests/api/t_close_matrix$(EXEEXT)
	doc/gen_protocol$(EXEEXT) $(srcdir)/doc/protocol.md >protocol.md.new
	mv protocol.md.new $(srcdir)/doc/protocol.md
	doc/gen_configuration$(EXEEXT) >CONFIGURATION.md.new
	mv CONFIGURATION.md.new $(srcdir)/doc/CONFIGURATION.md
	tests/api/t_fault_matrix$(EXEEXT) page fault-matrix.md.new
	mv fault-matrix.md.new $(srcdir)/doc/fault-matrix.md
	tests/api/t_close_matrix$(EXEEXT) page close-matrix.md.new
	mv close-matrix.md.new $(srcdir)/doc/close-matrix.md
	tools/rmq-cli$(EXEEXT) completion man >rmq-cli.1.new
	mv rmq-cli.1.new $(srcdir)/doc/rmq-cli.1

# tests/broker/t_daemon.c compares the flags of rmq-mock.1 with those of --help, tests/cli/usage.sh rmq-cli.1 with its tables.
dist_man_MANS = doc/rmq-mock.1 doc/rmq-cli.1
