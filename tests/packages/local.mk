# tests/packages - what the packages of packaging/ are worth: `make check-packages` makes all of them and runs these. It is not
# part of `make check`, as all is compiled twice more and a Debian root is made. One only:
# make check-packages PACKAGE_TESTS=tests/packages/deb.sh
#
# From the environment: PACKAGES_ROOT, a tarball that debootstrap makes once and takes again;
# CCACHE=ccache, for the static program.
PACKAGE_TESTS = \
	tests/packages/abi.sh \
	tests/packages/cmake.sh \
	tests/packages/deb.sh \
	tests/packages/dist.sh \
	tests/packages/npm.sh \
	tests/packages/static.sh \
	tests/packages/wheel.sh

# The tarball is kept with the time of the release, which dist.sh asks for.
.PHONY: check-packages
check-packages: all
	@$(MAKE) $(AM_MAKEFLAGS) wheel npm
	@DEB_BUILD_OPTIONS="nocheck $${DEB_BUILD_OPTIONS-}" $(MAKE) $(AM_MAKEFLAGS) deb
	@mkdir -p packages && cp $(distdir).tar.xz packages/ && touch -d @$(RELEASE_TIME) packages/$(distdir).tar.xz
	@$(MAKE) $(AM_MAKEFLAGS) check-TESTS check_PROGRAMS= TESTS='$(PACKAGE_TESTS)'
