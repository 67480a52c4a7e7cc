cli_test_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS) \
	$(QRENCODE_CFLAGS)
cli_test_libs = libcli.la $(CMOCKA_LIBS)

check_PROGRAMS += tests/cli/test_csv
tests_cli_test_csv_SOURCES = %D%/test_csv.c
tests_cli_test_csv_CFLAGS = $(cli_test_cflags)
tests_cli_test_csv_LDADD = $(cli_test_libs)
TESTS += tests/cli/test_csv

check_PROGRAMS += tests/cli/test_doctor
tests_cli_test_doctor_SOURCES = %D%/test_doctor.c
tests_cli_test_doctor_CFLAGS = $(cli_test_cflags)
tests_cli_test_doctor_LDADD = $(cli_test_libs)
TESTS += tests/cli/test_doctor

check_PROGRAMS += tests/cli/test_doctor_stack
tests_cli_test_doctor_stack_SOURCES = %D%/test_doctor_stack.c
tests_cli_test_doctor_stack_CFLAGS = $(cli_test_cflags)
tests_cli_test_doctor_stack_LDADD = $(cli_test_libs) $(PAM_LIBS)
TESTS += tests/cli/test_doctor_stack

check_PROGRAMS += tests/cli/test_import
tests_cli_test_import_SOURCES = %D%/test_import.c
tests_cli_test_import_CFLAGS = $(cli_test_cflags)
tests_cli_test_import_LDADD = $(cli_test_libs)
TESTS += tests/cli/test_import

check_PROGRAMS += tests/cli/test_init
tests_cli_test_init_SOURCES = %D%/test_init.c
tests_cli_test_init_CFLAGS = $(cli_test_cflags)
tests_cli_test_init_LDADD = $(cli_test_libs)
TESTS += tests/cli/test_init

check_PROGRAMS += tests/cli/test_options
tests_cli_test_options_SOURCES = %D%/test_options.c
tests_cli_test_options_CFLAGS = $(cli_test_cflags)
tests_cli_test_options_LDADD = $(cli_test_libs)
TESTS += tests/cli/test_options

check_PROGRAMS += tests/cli/test_output
tests_cli_test_output_SOURCES = %D%/test_output.c
tests_cli_test_output_CFLAGS = $(cli_test_cflags)
tests_cli_test_output_LDADD = $(cli_test_libs)
TESTS += tests/cli/test_output

check_PROGRAMS += tests/cli/test_pskc
tests_cli_test_pskc_SOURCES = %D%/test_pskc.c
tests_cli_test_pskc_CFLAGS = $(cli_test_cflags)
tests_cli_test_pskc_LDADD = $(cli_test_libs)
TESTS += tests/cli/test_pskc

check_PROGRAMS += tests/cli/test_qr
tests_cli_test_qr_SOURCES = %D%/test_qr.c
tests_cli_test_qr_CFLAGS = $(cli_test_cflags)
tests_cli_test_qr_LDADD = $(cli_test_libs) $(QRENCODE_LIBS)
TESTS += tests/cli/test_qr

check_PROGRAMS += tests/cli/test_sshd_match
tests_cli_test_sshd_match_SOURCES = %D%/test_sshd_match.c
tests_cli_test_sshd_match_CFLAGS = $(cli_test_cflags)
tests_cli_test_sshd_match_LDADD = $(cli_test_libs)
TESTS += tests/cli/test_sshd_match

# awsmfa as it is, but for where it looks for its endpoint.
check_PROGRAMS += tests/cli/awsmfa-at
tests_cli_awsmfa_at_SOURCES = src/cli/main.c tests/support/test_paths.c
tests_cli_awsmfa_at_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_cli_awsmfa_at_LDADD = libcli.la
EXTRA_DIST += %D%/test_awsmfa.py %D%/test_completion.py \
	%D%/test_doctor_image.py
TESTS += %D%/test_awsmfa.py %D%/test_completion.py %D%/test_doctor_image.py
EXTRA_DIST += %D%/scripted.py tests/support/taprun.py \
	%D%/data/rfc6030-figure2.xml %D%/data/rfc6030-figure3.xml \
	%D%/data/rfc6030-figure4.xml %D%/data/rfc6030-figure5.xml \
	%D%/data/rfc6030-figure6.xml %D%/data/rfc6030-figure7.xml \
	%D%/data/rfc6030-figure10.xml
