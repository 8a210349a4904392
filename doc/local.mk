# doc - pages that are made from tables of the code. `make update-docs` writes
# them; tests/codec/protocol_doc.sh and tests/examples/docs.sh find those that are
# out of date.
noinst_PROGRAMS += doc/gen_protocol doc/gen_configuration
doc_gen_protocol_SOURCES = doc/gen_protocol.c
doc_gen_protocol_LDADD = src/libcodec.la src/libbase.la
doc_gen_configuration_SOURCES = doc/gen_configuration.c
doc_gen_configuration_LDADD = librocketmq-c-mock.la librocketmq-c.la

EXTRA_DIST += doc/CONFIGURATION.md doc/architecture.md doc/protocol.md

.PHONY: update-docs
update-docs: doc/gen_protocol$(EXEEXT) doc/gen_configuration$(EXEEXT)
	doc/gen_protocol$(EXEEXT) $(srcdir)/doc/protocol.md >protocol.md.new
	mv protocol.md.new $(srcdir)/doc/protocol.md
	doc/gen_configuration$(EXEEXT) >CONFIGURATION.md.new
	mv CONFIGURATION.md.new $(srcdir)/doc/CONFIGURATION.md
