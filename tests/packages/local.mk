# tests/packages - what the packages of packaging/ are worth: `make check-packages` makes all of them and runs these. It is not
# part of `make check`. One only: make check-packages PACKAGE_TESTS=tests/packages/dist.sh
PACKAGE_TESTS = \
	tests/packages/abi.sh \
	tests/packages/dist.sh

# The tarball is kept with the time of the release, which dist.sh asks for.
.PHONY: check-packages
check-packages: all
	@$(MAKE) $(AM_MAKEFLAGS) dist
	@mkdir -p packages && cp $(distdir).tar.xz packages/ && touch -d @$(RELEASE_TIME) packages/$(distdir).tar.xz
	@$(MAKE) $(AM_MAKEFLAGS) check-TESTS check_PROGRAMS= TESTS='$(PACKAGE_TESTS)'
