# Every test prints TAP, whatever it is written in. Programs have no suffix;
# scripts are run by the interpreter that their suffix names.
TEST_EXTENSIONS = .sh .py
TAP_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(TAP_DRIVER)
SH_LOG_DRIVER = $(TAP_DRIVER)
PY_LOG_DRIVER = $(TAP_DRIVER)
SH_LOG_COMPILER = $(BASH)
PY_LOG_COMPILER = $(PYTHON3)

AM_TESTS_ENVIRONMENT = \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	abs_top_srcdir='$(abs_top_srcdir)'; export abs_top_srcdir; \
	abs_top_builddir='$(abs_top_builddir)'; export abs_top_builddir; \
	CC='$(CC)'; export CC; \
	PYTHON3='$(PYTHON3)'; export PYTHON3; \
	SANITIZERS='$(SANITIZERS)'; export SANITIZERS; \
	HARDENING='$(HARDENING_CPPFLAGS) $(HARDENING_CFLAGS)'; \
	export HARDENING; \
	LINT_CPPFLAGS='$(LINT_CPPFLAGS)'; export LINT_CPPFLAGS; \
	PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE; \
	LC_ALL=C.UTF-8; export LC_ALL;

include %D%/unit/local.mk
include %D%/unit/store.mk
include %D%/unit/mfa.mk
include %D%/unit/policy.mk
include %D%/unit/fido.mk
include %D%/unit/endpoint.mk
include %D%/support/softkey.mk
include %D%/support/skprovider.mk
include %D%/key/local.mk
include %D%/key/softkey.mk
include %D%/fuzz/local.mk
include %D%/coverage/local.mk
include %D%/pam/local.mk
include %D%/cli/local.mk
include %D%/lint/local.mk
include %D%/system/local.mk
include %D%/fire/local.mk
include %D%/fire/faults.mk
include %D%/packaging/local.mk
include %D%/bench/local.mk

# The tests by name, for a caller that runs some of them: TESTS="..."
print-tests:
	@for test in $(TESTS); do echo "$$test"; done
.PHONY: print-tests
