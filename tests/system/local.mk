TESTS += %D%/run.sh
EXTRA_DIST += \
	%D%/bed \
	%D%/build \
	%D%/conftest.py \
	%D%/demo \
	%D%/demo.py \
	%D%/host.py \
	%D%/inside \
	%D%/prepare \
	%D%/run.sh \
	%D%/test_badinput.py \
	%D%/test_endpoint.py \
	%D%/test_enrol.py \
	%D%/test_oneshot.py \
	%D%/test_programs.py \
	%D%/test_signin.py \
	tests/support/activate \
	tests/support/fake-endpoint \
	tests/support/hostile \
	tests/support/pamhost.py \
	tests/support/syslog-collector

clean-local: clean-system
clean-system:
	rm -rf system-build
.PHONY: clean-system
