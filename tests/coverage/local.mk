# make coverage: line coverage of the parsers by the unit tests and the replays
# of fuzz targets, as a table; a build of its own, in coverage/ of this one.
# gcov is of gcc.
coverage_flags = CFLAGS='-O0 -g --coverage' --disable-hardening
coverage_tests = '^tests/(unit|cli)/test_[a-z0-9_/]*$$|^tests/fuzz/'

coverage:
	rm -rf coverage
	$(MKDIR_P) coverage
	cd coverage && '$(abs_top_srcdir)/configure' -q $(coverage_flags) \
	    CC=gcc >configure.log
	$(MAKE) -s -C coverage all >coverage/build.log 2>&1
	$(MAKE) -s -C coverage check >coverage/check.log 2>&1 \
	    TESTS="`$(MAKE) -s -C coverage print-tests | \
	    grep -E $(coverage_tests) | tr '\n' ' '`" || \
	    { cat coverage/test-suite.log; exit 1; }
	abs_top_srcdir='$(abs_top_srcdir)' \
	    $(PYTHON3) '$(srcdir)/%D%/coverage.py' coverage

clean-local: clean-coverage
clean-coverage:
	rm -rf coverage
.PHONY: coverage clean-coverage

EXTRA_DIST += %D%/coverage.py
