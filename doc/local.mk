# doc - pages that are made from tables of the code. `make update-docs` writes
# them; tests/codec/protocol_doc.sh finds one that is out of date.
noinst_PROGRAMS += doc/gen_protocol
doc_gen_protocol_SOURCES = doc/gen_protocol.c
doc_gen_protocol_LDADD = src/libcodec.la src/libbase.la

EXTRA_DIST += doc/protocol.md

.PHONY: update-docs
update-docs: doc/gen_protocol$(EXEEXT)
	doc/gen_protocol$(EXEEXT) $(srcdir)/doc/protocol.md >protocol.md.new
	mv protocol.md.new $(srcdir)/doc/protocol.md
