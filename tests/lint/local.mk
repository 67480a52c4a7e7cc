LINT_CPPFLAGS = $(CRYPTO_CFLAGS) $(LIBCONFIG_CFLAGS) $(JANSSON_CFLAGS) \
	$(QRENCODE_CFLAGS) $(PNG_CFLAGS) $(PSKC_CFLAGS) $(LIBXML_CFLAGS) \
	$(FIDO2_CFLAGS) $(SECCOMP_CFLAGS)
lint_tests = \
	%D%/exports.sh \
	%D%/format.py \
	%D%/headers.sh \
	%D%/layers.py \
	%D%/logs.py \
	%D%/manuals.py \
	%D%/pamd.py \
	%D%/size.py \
	%D%/units.sh \
	%D%/words.py
TESTS += $(lint_tests)
EXTRA_DIST += $(lint_tests) %D%/hardening.sh %D%/tap.py
# The sanitizers replace what this one looks for.
if !SANITIZER
TESTS += %D%/hardening.sh
endif
