# packaging - how the project is installed by others: a CMake package (installed with the libraries), a tarball that is the
# same each time, Debian packages, a static rmq-mock, and that in a Python wheel and an npm package.
#
#     make dist       the tarball
#     make deb        packages/deb/*.deb, from the tarball
#     make static     packages/static/bin/rmq-mock, from the tarball, with musl
#     make wheel      packages/wheel/*.whl, from the static rmq-mock
#     make npm        packages/npm/*.tgz, from the static rmq-mock
#
# All of it is tested by `make check-packages` (tests/packages), which is not part of `make check`.

cmakedir = $(libdir)/cmake/rocketmq-c
cmake_DATA = packaging/cmake/rocketmq-c-config.cmake packaging/cmake/rocketmq-c-config-version.cmake

# Here and not in configure, as folders may be said to make.
$(cmake_DATA): packaging/cmake/rocketmq-c-config.cmake.in packaging/cmake/rocketmq-c-config-version.cmake.in Makefile
	$(AM_V_at)$(MKDIR_P) packaging/cmake
	$(AM_V_GEN)$(SED) -e 's|@cmakedir[@]|$(cmakedir)|' -e 's|@includedir[@]|$(includedir)|' \
		-e 's|@static_names[@]|$(CMAKE_STATIC_NAMES)|' -e 's|@static_flags[@]|$(LIBS)|' \
		-e 's|@PACKAGE_VERSION[@]|$(PACKAGE_VERSION)|' -e 's|@pointer_size[@]|$(POINTER_SIZE)|' \
		-e 's|@RMQ_VERSION_MAJOR[@]|$(RMQ_VERSION_MAJOR)|' -e 's|@RMQ_VERSION_MINOR[@]|$(RMQ_VERSION_MINOR)|' \
		$(srcdir)/$@.in >$@
CLEANFILES += $(cmake_DATA)

# The folders that are ours alone go with what was in them.
uninstall-hook:
	-test ! -d '$(DESTDIR)$(rocketmqincludedir)' || rmdir '$(DESTDIR)$(rocketmqincludedir)'
	-test ! -d '$(DESTDIR)$(cmakedir)' || rmdir '$(DESTDIR)$(cmakedir)'

# Of all files in the tarball: the last commit, or what the tarball had that this tree came from.
RELEASE_TIME = $${SOURCE_DATE_EPOCH-`git -C $(srcdir) log -1 --format=%ct 2>/dev/null || stat -c %Y $(srcdir)/configure`}

.PHONY: copy-programs deb static wheel npm
packages = $(abs_builddir)/packages
deb: dist
	$(srcdir)/packaging/build-deb $(distdir).tar.xz $(PACKAGE_VERSION) $(packages)/deb

static_mock = $(packages)/static/bin/rmq-mock
static: dist
	$(srcdir)/packaging/build-static $(distdir).tar.xz $(packages)/static
# What build-static asks for in its own tree: the programs to the folder TO, without the libraries.
copy-programs: $(bin_PROGRAMS)
	cp $(bin_PROGRAMS) '$(TO)/'
wheel: static
	SOURCE_DATE_EPOCH=$(RELEASE_TIME) $(srcdir)/packaging/build-wheel $(static_mock) $(PACKAGE_VERSION) $(packages)/wheel
npm: static
	$(srcdir)/packaging/build-npm $(static_mock) $(PACKAGE_VERSION) $(packages)/npm
